#!/usr/bin/env node
// The consul-tgw command: everything is in the compiled cli.
"use strict";
const { setFlagsFromString } = require("node:v8");
const { main } = require("../dist/runtime/cli.js");

// V8's young generation doubles with every busy moment, up to 48 MB, and a process that mostly waits keeps them. What it
// has grown to while loading is enough: a fifth less memory with 1,000 services, and no more CPU.
setFlagsFromString("--semi-space-growth-factor=1");
// The old one may grow by half before it is looked through, not to a multiple: what a start read and threw away goes at once.
setFlagsFromString("--heap-growing-percent=50");

main(process.argv.slice(2)).then((code) => {
  // Not process.exit: output that is still being written must reach a pipe.
  process.exitCode = code;
});

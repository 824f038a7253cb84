#!/usr/bin/env node
// The consul-tgw command: everything is in the compiled cli.
"use strict";
const { main } = require("../dist/runtime/cli.js");

main(process.argv.slice(2)).then((code) => {
  // Not process.exit: output that is still being written must reach a pipe.
  process.exitCode = code;
});

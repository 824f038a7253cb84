// npm run bench: sets up as the demo does, then measures. The table and one line of JSON go to standard output.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode, run, say } from "./progress.mjs";
import { ensureBuilt, ensureEnvoy, ensureInstalled, root } from "./set-up.mjs";

const USAGE = `npm run bench -- [options]
  --consul             measure on a real Consul server instead, against Consul's own gateway
  --synth              measure synthesis and preview of the constructs, against hand-written L1 code
  --sizes <n,n,...>    numbers of services for --consul and --synth; default 10,100,1000
  --help               this text`;

function options() {
  try {
    const types = {
      consul: { type: "boolean" },
      synth: { type: "boolean" },
      sizes: { type: "string" },
      help: { type: "boolean" },
    };
    const { values } = parseArgs({ options: types });
    const sizes = values.sizes ?? "10,100,1000";
    if (!/^[1-9]\d{0,3}(,[1-9]\d{0,3})*$/.test(sizes)) throw new Error("--sizes: numbers from 2 to 9999, as 10,100");
    if (sizes.split(",").includes("1")) throw new Error("--sizes: at least 2 services");
    if (values.consul && values.synth) throw new Error("--consul or --synth, not both");
    if (values.sizes !== undefined && !values.consul && !values.synth) {
      throw new Error("--sizes goes with --consul or --synth");
    }
    return { ...values, sizes };
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
  }
}

const { consul, synth, sizes, help } = options();
if (help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
try {
  await ensureInstalled();
  await ensureBuilt();
  say("compiling the benchmark …");
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tools"], {
    cwd: root,
    name: "tsc",
  });
  process.exitCode = synth ? await bench("synth.js", sizes) : await onEnvoy();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

async function onEnvoy() {
  const envoy = await ensureEnvoy();
  const { getGoPart } = await import("./parts/get-go-part.mjs");
  const onConsul = consul ? [await getGoPart("consul-1.22.3", { log: say }), sizes] : [];
  return bench("bench.js", root, envoy, ...onConsul);
}

function bench(file, ...args) {
  const program = join(root, ".cache/bench", file);
  return exitCode(process.execPath, [program, ...args], { cwd: root, name: "bench", heartbeat: false });
}

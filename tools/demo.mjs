// npm run demo: sets up (packages, build, a real Envoy) with progress, then runs tools/demo/demo.ts on what was built.
// Exits 0 when all was proved, 1 when a step failed, 2 on wrong usage.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { getGoPart } from "./parts/get-go-part.mjs";
import { exitCode, run, say } from "./progress.mjs";
import { ensureBuilt, ensureEnvoy, ensureInstalled, root } from "./set-up.mjs";

const USAGE = `npm run demo -- [options]
  --consul                  the story of a gateway on a real Consul server with ACLs, built with Go the first time
  --stay                    keep the gateway running at the end and print how to talk to it
  --envoy-version <x.y.z>   fetch and use this Envoy; otherwise $ENVOY_PATH, PATH, or the newest known
  --help                    this text`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        consul: { type: "boolean" },
        stay: { type: "boolean" },
        help: { type: "boolean" },
        "envoy-version": { type: "string" },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
  }
}

async function demo({ consul, stay, help, "envoy-version": version }) {
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  await ensureInstalled();
  await ensureBuilt();
  const envoy = await ensureEnvoy(version);
  const parts = consul ? [envoy, await getGoPart("consul-1.22.3", { log: say })] : [envoy];
  say("compiling the demo …");
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tools"], {
    cwd: root,
    name: "tsc demo",
  });
  const main = join(root, consul ? ".cache/demo/consul.js" : ".cache/demo/demo.js");
  const program = [main, root, ...parts, ...(stay ? ["--stay"] : [])];
  // Ctrl-C reaches the demo as well, which then takes the gateway down: wait for it.
  process.on("SIGINT", () => undefined);
  const code = await exitCode(process.execPath, program, { cwd: root, name: "demo" });
  return typeof code === "number" ? code : 1;
}

demo(options()).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error.message);
    process.exitCode = 1;
  },
);

// npm run bench: sets up as the demo does, then measures. The table and one line of JSON go to standard output.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { run, say } from "./progress.mjs";
import { ensureBuilt, ensureEnvoy, ensureInstalled, root } from "./set-up.mjs";

try {
  await ensureInstalled();
  await ensureBuilt();
  const envoy = await ensureEnvoy();
  say("compiling the benchmark …");
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tools"], {
    cwd: root,
    name: "tsc",
  });
  const { status } = spawnSync(process.execPath, [join(root, ".cache/bench/bench.js"), root, envoy], {
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

// npm run build: protocol code, then src compiled into dist; nothing when dist is up to date, unless --force is given.
import { say } from "./progress.mjs";
import { ensureBuilt, ensureInstalled } from "./set-up.mjs";

try {
  await ensureInstalled();
  await ensureBuilt({ force: process.argv.includes("--force") });
  say("dist is up to date");
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

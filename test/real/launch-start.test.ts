// What a rendered text does when it is used: the words that the script starts, the directories that containers get.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DIRECTORIES, RUN_DIR, STATE_DIR } from "../../src/launch/container";
import { makeRunDir } from "../../src/runtime/envoy/run-dir";
import { openState } from "../../src/runtime/persist";
import { manifestText } from "../launch/gateways";
import { rendered } from "../launch/rendered";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch start "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the script starts exactly the words and variables that were given, from any directory", () => {
  const odd = 'it\'s $HOME `id` "q" \\ *';
  const tell =
    "console.log(JSON.stringify([process.argv.slice(1), process.env.ODD, process.env.CONSUL_HTTP_TOKEN_FILE]))";
  const files = rendered("shell", manifestText(), {
    command: [process.execPath, "-e", tell, "--"],
    arguments: ["--gateway", odd],
    environment: { ODD: odd },
    tokenFile: `/etc/${odd}`,
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const said = execFileSync("sh", [join(folder, "egress.sh")], { cwd: "/", encoding: "utf8" });
  expect(JSON.parse(said)).toEqual([
    ["run", "--manifest", join(folder, "egress.manifest.json"), "--gateway", odd],
    odd,
    `/etc/${odd}`,
  ]);
});

test("the runtime takes the directories of a container where others may write to the mount", async () => {
  // As an emptyDir: world-writable without the sticky bit, group kept.
  const mount = (path: string): string => {
    const made = join(folder, path);
    mkdirSync(made, { recursive: true });
    chmodSync(made, 0o2777);
    return made;
  };
  const run = mount(RUN_DIR);
  const state = mount(STATE_DIR);
  expect(await makeRunDir(join(folder, DIRECTORIES.runDir, "egress"))).toMatchObject({ ok: true });
  expect((await openState(join(folder, DIRECTORIES.stateDir, "egress"))).dir.startsWith(state)).toBe(true);
  expect(await makeRunDir(join(run, "egress"))).toMatchObject({
    ok: false,
    error: [{ got: expect.stringContaining("others may write to its parent") }],
  });
});

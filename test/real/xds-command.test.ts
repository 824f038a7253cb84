// `consul-tgw xds` and `bootstrap`: an Envoy that somebody else starts is served, also by a server that was restarted.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type External, startBanner } from "../../tools/demo/external";
import { dialOf, meshCaller, type Place } from "../../tools/demo/gateway";
import { dial, probe } from "../../tools/demo/mesh-client";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, manifestText } from "../support/rig";

const PORT = 20900;
const BANNER = "220 ready\r\n";

describePart("an Envoy that others start", realEnvoy(), (envoyPath) => {
  const root = join(__dirname, "../..");
  const cli = join(root, "bin/consul-tgw.js");
  const children: ChildProcess[] = [];
  let dir: string;
  let external: External;
  let place: Place;
  let options: string[];

  const start = (command: string, args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: "ignore" });
    children.push(child);
    return child;
  };
  const end = async (child: ChildProcess): Promise<number | null> => {
    if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    return child.exitCode;
  };
  const declare = (allowFrom: string[]): void =>
    writeFileSync(
      place.manifest,
      manifestText({
        name: "egress",
        datacenter: "dc1",
        bind: { port: PORT },
        services: [{ name: "db", address: "127.0.0.1", port: PORT + 1, plaintext: true, allowFrom }],
      }),
    );

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "tgw-"));
    external = await startBanner(BANNER, "127.0.0.1", PORT + 1);
    const dirs = { stateDir: join(dir, "state"), runDir: join(dir, "run") };
    place = { root, envoyPath, manifest: join(dir, "manifest.json"), ...dirs };
    options = ["--manifest", place.manifest, "--state-dir", place.stateDir, "--run-dir", place.runDir];
    declare(["web"]);
  });
  afterAll(async () => {
    await Promise.all(children.map(end));
    await external?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("is served; a restart of the server cuts nothing, and what changed meanwhile arrives", async () => {
    const server = start(process.execPath, [cli, "xds", ...options]);
    const bootstrap = join(dir, "bootstrap.json");
    writeFileSync(bootstrap, execFileSync(process.execPath, [cli, "bootstrap", ...options], { timeout: 20_000 }));
    start(envoyPath, ["-c", bootstrap, "--disable-hot-restart", "--concurrency", "1", "--log-level", "off"]);
    const web = await meshCaller(place, "web");
    const batch = await meshCaller(place, "batch");
    const to = dialOf("db", web.trustDomain, PORT);
    await eventually(async () => (await probe(web.caller, to, 300)).startsWith(BANNER), 15_000);
    const open = await dial(web.caller, to);
    expect(await end(server)).toBe(0);
    await open.echo("the server is gone");
    declare(["web", "batch"]);
    start(process.execPath, [cli, "xds", ...options]);
    await eventually(async () => (await probe(batch.caller, to, 300)).startsWith(BANNER), 15_000);
    await open.echo("and back");
    open.close();
  }, 60_000);
});

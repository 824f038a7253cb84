// The main job, end to end, on a real Envoy: declaration → manifest → runtime → traffic. Exits 0 when all was proved, 1 at
// the first claim that fails, saying which and why. Started by tools/demo.mjs, which does the set-up.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformFile } from "@swc/core";
import { dialOf, type Gateway, meshCaller, type Place, startGateway } from "./gateway";
import { type Caller, dial, probe, request } from "./mesh-client";
import { expectEqual, makeProofs, table, until } from "./proofs";
import { answers, permissions, refusals, rotations, type Stage } from "./story";
import { BANNER, startWorld, type World } from "./world";

const PORT_BASE = Number(process.env.TGW_DEMO_PORT_BASE ?? 19100);
const GATEWAY = "egress";
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Compiles examples/cdktf, with edits, and synthesises it into `<work>/cdktf.out`, as `cdktf synth` does. */
async function synthesise(root: string, work: string, edit: (source: string) => string): Promise<void> {
  const source = join(root, "examples/cdktf/main.ts");
  const program = join(root, ".cache/demo/example.js");
  const edited = join(root, ".cache/demo/example.ts");
  mkdirSync(join(root, ".cache/demo"), { recursive: true });
  writeFileSync(edited, edit(readFileSync(source, "utf8")));
  const { code } = await transformFile(edited, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  writeFileSync(program, code);
  const env = { ...process.env, TGW_DEMO_DIR: join(work, "certs"), TGW_DEMO_PORT_BASE: String(PORT_BASE) };
  await promisify(execFile)(process.execPath, [program], { cwd: work, env, timeout: 60_000 });
}

/** Replaces text that must be there: an example that changed must not make the demo prove less. */
function replaceOnce(source: string, from: string | RegExp, to: string): string {
  const edited = source.replace(from, to);
  if (edited === source) throw new Error(`examples/cdktf/main.ts has no ${from}`);
  return edited;
}

async function run(root: string, envoyPath: string, stay: boolean): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "tgw-demo-"));
  const proofs = makeProofs(say);
  let world: World | undefined;
  let gateway: Gateway | undefined;
  try {
    say("starting external services on loopback");
    world = await startWorld(join(work, "certs"), PORT_BASE);
    const place: Place = {
      root,
      envoyPath,
      manifest: join(work, "cdktf.out"),
      stateDir: join(work, "state"),
      runDir: join(work, "run"),
    };
    await proofs.prove("examples/cdktf synthesises", () => synthesise(root, work, (source) => source));
    let started: Gateway | undefined;
    await proofs.prove("the gateway starts: runtime and Envoy, ready", async () => {
      started = await startGateway(place, GATEWAY);
    });
    gateway = started as unknown as Gateway;
    say(`  with Envoy ${(await gateway.envoy()).version}`);
    const { caller: web, trustDomain } = await meshCaller(place, "web");
    const { caller: rogue } = await meshCaller(place, "rogue");
    const to = (service: string) => dialOf(service, trustDomain, PORT_BASE);
    const stage: Stage = { proofs, world, gateway, web, rogue, to };
    say("mesh clients");
    await answers(stage);
    await refusals(stage);
    say("L7 permissions");
    await permissions(stage);
    say("certificates on disk");
    await rotations(stage);
    say("the declaration changes");
    await changes(stage, (edit) => synthesise(root, work, edit));
    say(`\n${table(proofs.done)}\n`);
    if (stay) await untilInterrupted(place, trustDomain);
  } finally {
    await gateway?.stop();
    await world?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The declaration is changed and synthesised again; the running gateway follows. */
async function changes(stage: Stage, again: (edit: (source: string) => string) => Promise<void>): Promise<void> {
  const { proofs, web, rogue, to } = stage;
  const open = await dial(web, to("banner"));
  const reaches = async (caller: Caller, service: string): Promise<boolean> =>
    (await probe(caller, to(service), 300)).startsWith(BANNER);
  const withLedger = (source: string): string =>
    replaceOnce(
      source,
      "services: [",
      `services: [\n{ name: "ledger", address: "127.0.0.1", port: ${PORT_BASE + 3}, plaintext: true, allowFrom: ["web"] },`,
    );
  const withRogue = (source: string): string =>
    replaceOnce(
      withLedger(source),
      `plaintext: true, allowFrom: ["web"] },`,
      `plaintext: true, allowFrom: ["web", "rogue"] },`,
    );
  await proofs.prove("a service is added live", async () => {
    await again(withLedger);
    await until(() => reaches(web, "ledger"), "web reaches ledger");
    expectEqual(await reaches(rogue, "ledger"), false, "rogue reaches ledger");
  });
  await proofs.prove("an intention is granted live: no connection is touched", async () => {
    const ledger = await dial(web, to("ledger"));
    await again(withRogue);
    await until(() => reaches(rogue, "ledger"), "rogue reaches ledger");
    await ledger.echo("still here\r\n");
    ledger.close();
  });
  await proofs.prove(
    "it is revoked live: new connections are refused, open ones end within the drain time",
    async () => {
      const ledger = await dial(rogue, to("ledger"));
      await ledger.echo("granted\r\n");
      await again(withLedger);
      await until(async () => !(await reaches(rogue, "ledger")), "rogue is refused");
      await until(() => ledger.ended(), "rogue's open connection ends");
      expectEqual(await reaches(web, "ledger"), true, "web reaches ledger");
    },
  );
  await proofs.prove("a service is removed live", async () => {
    await again((source) => source);
    await until(async () => !(await reaches(web, "ledger")), "ledger is gone");
  });
  await proofs.prove("through all of it, another service's open connection was never touched", () =>
    open.echo("still here\r\n"),
  );
  expectEqual((await request(web, to("billing"), "/")).status, 200, "billing answers");
  open.close();
}

/** `--stay`: says how to talk to the gateway and waits for Ctrl-C. */
async function untilInterrupted(place: Place, trustDomain: string): Promise<void> {
  const options = `--manifest ${place.manifest} --state-dir ${place.stateDir} --run-dir ${place.runDir}`;
  const { sni } = dialOf("billing", trustDomain, PORT_BASE);
  say(`It keeps running; Ctrl-C ends it. As mesh service "web":

  npx consul-tgw cert ${options} --service web --out certs
  curl --cacert certs/roots.pem --cert certs/web.pem --key certs/web-key.pem -k \\
    --connect-to ::127.0.0.1:${PORT_BASE} https://${sni}/public

The manifest is ${place.manifest}; edit it, or synthesise examples/cdktf anew into that folder, and watch it follow.`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

const [root = "", envoyPath = "", ...flags] = process.argv.slice(2);
run(root, envoyPath, flags.includes("--stay")).then(
  () => say("all of it was proved"),
  (error: unknown) => {
    process.stderr.write(`\nnot proved: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

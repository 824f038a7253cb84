// The story of a terminating gateway on a real Consul with ACLs on default deny, end to end: external services, agent-less
// node, config entry, intentions, an ordinary sidecar as caller. Exits 0 when all was proved, 1 at the first claim that
// fails. Started by tools/demo.mjs --consul, which does the set-up.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declareServices, link, makeCatalog, RIGHTS, showUse } from "./consul-catalog";
import { type ConsulServer, startConsulServer } from "./consul-server";
import { type Sidecar, startSidecar } from "./consul-sidecar";
import { certificates, failOver, intentions, mutualTls, type Stage, sidecars } from "./consul-story";
import { dialOf, type Gateway, showStatus, startGateway, type Where } from "./gateway";
import { expectEqual, makeProofs, table, until } from "./proofs";
import { startWorld, type World } from "./world";

const PORT_BASE = Number(process.env.TGW_DEMO_PORT_BASE ?? 19100);
const CONSUL = PORT_BASE + 10;
const AGENT = PORT_BASE + 20;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(root: string, envoyPath: string, consulPath: string, stay: boolean): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "tgw-demo-"));
  const proofs = makeProofs(say);
  let world: World | undefined;
  let consul: ConsulServer | undefined;
  let sidecar: Sidecar | undefined;
  let gateway: Gateway | undefined;
  try {
    say("starting external services and a Consul server on loopback");
    world = await startWorld(join(work, "certs"), PORT_BASE);
    consul = await startConsulServer({ binary: consulPath, old: false, portBase: CONSUL });
    const catalog = makeCatalog(consul);
    await proofs.prove("services outside the mesh are registered on a node without an agent", () =>
      declareServices(catalog, PORT_BASE),
    );
    const tokenFile = join(work, "token");
    writeFileSync(tokenFile, await consul.makeToken(RIGHTS), { mode: 0o600 });
    const server = ["--gateway", "egress", "--consul-addr", consul.address, "--token-file", tokenFile];
    const flags = [...server, "--address", `127.0.0.1:${PORT_BASE}`, "--replica", "demo"];
    const place: Where = {
      ...{ root, envoyPath, consul: flags },
      ...{ stateDir: join(work, "state"), runDir: join(work, "run") },
    };
    await proofs.prove("the gateway starts with a token of exactly its rights, and registers itself", async () => {
      gateway = await startGateway(place, "egress");
      await until(async () => (await catalog.gateways("egress")) === 1, "it is in the catalog");
    });
    await proofs.prove("the config entry links billing: CAFile and SNI", () =>
      link(catalog, work, ["billing", "banner"]),
    );
    const trustDomain = await catalog.trustDomain();
    const to = (service: string) => dialOf(service, trustDomain, PORT_BASE);
    const [web, rogue] = await Promise.all([catalog.caller("web"), catalog.caller("rogue")]);
    const stage: Stage = { proofs, world, catalog, work, web, rogue, to };
    say("intentions");
    await intentions(stage);
    say("mutual TLS to the external service");
    await mutualTls(stage);
    say("an ordinary sidecar of Consul as caller");
    const agent = { consulPath, envoyPath, server: consul, serverPortBase: CONSUL, portBase: AGENT };
    const upstreams = [{ name: "billing", port: AGENT + 5 }];
    sidecar = await startSidecar({ ...agent, service: "web", upstreams });
    await sidecars(stage, AGENT + 5);
    say("certificates and servers come and go");
    await certificates(stage);
    await failOver(stage, consul);
    await proofs.prove("the status command shows every service", async () => {
      await until(async () => (await showStatus(place)).code === 0, "every service is served");
    });
    say(`\n${(await showStatus(place)).text}`);
    if (stay) {
      writeFileSync(join(work, "management-token"), consul.token, { mode: 0o600 });
      say(showUse({ consul, work, sidecarPort: AGENT + 5 }));
      await interrupted();
    }
    await proofs.prove("stopped, it is out of the catalog", async () => {
      expectEqual(await gateway?.stop(), 0, "exit code");
      gateway = undefined;
      expectEqual(await catalog.gateways("billing"), 0, "gateways for billing");
    });
    say(`\n${table(proofs.done)}\n`);
  } finally {
    await gateway?.stop();
    await sidecar?.stop();
    await consul?.stop();
    await world?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

const [root = "", envoyPath = "", consulPath = "", ...flags] = process.argv.slice(2);
run(root, envoyPath, consulPath, flags.includes("--stay")).then(
  () => say("all of it was proved"),
  (error: unknown) => {
    process.stderr.write(`\nnot proved: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

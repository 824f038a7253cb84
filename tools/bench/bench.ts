// npm run bench: the project's figures, as a table and as JSON. Started by tools/bench.mjs, which does the set-up.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { canonicalJson, makeManifest, validate } from "../../dist/model/index";
import { dialOf, meshCaller, type Place, startGateway } from "../demo/gateway";
import { request } from "../demo/mesh-client";
import { startWorld } from "../demo/world";
import { benchBuild } from "./build";
import { benchConsul } from "./consul";
import { benchLive } from "./live";
import { judge, type Row, table } from "./report";

const PORT = 21000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A place whose manifest declares N services, the first of which is real. */
function declare(root: string, dir: string, envoyPath: string, size: number): Place {
  mkdirSync(dir, { recursive: true });
  const services = Array.from({ length: size }, (_, i) => ({
    name: `service-${i}`,
    address: "127.0.0.1",
    port: PORT + 1,
    protocol: "http" as const,
    tls: { caFile: join(dir, "certs/ca.pem"), sni: "billing.external.test" },
    allowFrom: ["web"],
  }));
  const model = validate<string>({ name: "egress", datacenter: "dc1", bind: { port: PORT }, services }, (leaf) => leaf);
  if (!model.ok) throw new Error(JSON.stringify(model.error[0]));
  const manifest = join(dir, "manifest.json");
  writeFileSync(manifest, canonicalJson(makeManifest(model.value)));
  return { root, manifest, envoyPath, stateDir: join(dir, "state"), runDir: join(dir, "run") };
}

/** Start of the command to the first answer that a mesh client gets, and the runtime's resident memory then. */
async function benchStart(root: string, dir: string, envoyPath: string, size: number): Promise<Row[]> {
  const place = declare(root, dir, envoyPath, size);
  const world = await startWorld(join(dir, "certs"), PORT);
  const { caller, trustDomain } = await meshCaller(place, "web");
  const to = dialOf(`service-${size - 1}`, trustDomain, PORT);
  const start = performance.now();
  const starting = startGateway(place, "egress", 120_000);
  try {
    let served: number | undefined;
    while (served === undefined) {
      const status = await request(caller, to, "/").then(
        (reply) => reply.status,
        () => undefined,
      );
      if (status === 200) served = performance.now() - start;
      else await new Promise((resolve) => setTimeout(resolve, 10));
      if (performance.now() - start > 120_000) throw new Error("not served within 120 s");
    }
    const gateway = await starting;
    const status = readFileSync(`/proc/${gateway.pid}/status`, "utf8");
    const mib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    const what = size === 10 ? "start to first served request" : "start to last service served";
    return [
      { what, services: size, ms: served },
      { what: "runtime memory", services: size, mib },
    ];
  } finally {
    await (await starting).stop();
    await world.stop();
  }
}

async function bench(root: string, envoyPath: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "tgw-bench-"));
  try {
    const rows: Row[] = [];
    say("pure build");
    rows.push(...(await benchBuild(join(work, "build"), [10, 100, 1000, 5000])));
    for (const size of [10, 1000]) {
      say(`start of the command with ${size} services`);
      rows.push(...(await benchStart(root, join(work, `start-${size}`), envoyPath, size)));
    }
    for (const size of [10, 100, 1000, 5000]) {
      say(`changes on a real Envoy with ${size} services`);
      rows.push(...(await benchLive(join(work, `live-${size}`), envoyPath, size, say)));
    }
    print(rows);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function print(rows: readonly Row[]): void {
  const judged = judge(rows);
  process.stdout.write(`${table(judged)}\n\n${JSON.stringify(judged)}\n`);
}

/** The part on a real Consul alone. */
async function onConsul(root: string, envoyPath: string, consulPath: string, sizes: readonly number[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-bench-"));
  try {
    print(await benchConsul({ root, envoyPath, consulPath, dir, sizes, say }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const [root = "", envoyPath = "", consulPath, sizes = ""] = process.argv.slice(2);
const work =
  consulPath === undefined
    ? bench(root, envoyPath)
    : onConsul(root, envoyPath, consulPath, sizes.split(",").map(Number));
work.catch((error: unknown) => {
  say(`bench failed: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
});

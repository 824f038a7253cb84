// The server over real HTTP/2 on a unix socket: who may connect, a reader that stalls, and the end of streams.
import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import type { SessionEvent } from "../../../src/runtime/ads/protocol";
import { type AdsServer, startAdsServer } from "../../../src/runtime/ads/server";
import { AggregatedDiscoveryService } from "../../../src/runtime/xds/gen/envoy/service/discovery/v3/ads_pb";
import { TYPE_URLS } from "../../../src/runtime/xds/resource";
import { clientNode, connectDelta, type DeltaClient, socketTransport } from "../../support/delta-client";
import { MemoryView } from "./fixture";

let dir: string;
let path: string;
let view: MemoryView;
let events: SessionEvent[];
let server: AdsServer | undefined;
let clients: DeltaClient[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ads-"));
  path = join(dir, "run", "xds.sock");
  view = new MemoryView();
  events = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server?.close();
  server = undefined;
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<AdsServer> {
  server = await startAdsServer({ path, view, onEvent: (event) => events.push(event) });
  return server;
}

function connect(minor = 40): DeltaClient {
  const client = connectDelta(path);
  clients.push(client);
  client.send({ typeUrl: TYPE_URLS.cluster, node: clientNode(minor) });
  return client;
}

/** Waits for the event loop to bring about what must come; the test's own time limit ends it. */
async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("push, ACK, change", async () => {
  view.put({ type: "cluster", name: "a", version: "1", body: new Uint8Array([10, 1, 97]) });
  const ads = await start();
  const client = connect();
  const first = await client.next();
  expect(first).toMatchObject({
    typeUrl: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    removedResources: [],
    resources: [
      {
        name: "a",
        version: "1",
        resource: {
          typeUrl: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
          value: new Uint8Array([10, 1, 97]),
        },
      },
    ],
  });
  expect(ads.sessions()).toEqual([{ node: "test-client", unanswered: 1, quarantined: [] }]);
  client.send({ typeUrl: TYPE_URLS.cluster, responseNonce: first?.nonce ?? "" });
  ads.publish(view.put({ type: "cluster", name: "a", version: "2" }));
  const second = await client.next();
  expect(second?.resources.map(({ version }) => version)).toEqual(["2"]);
  client.send({
    typeUrl: TYPE_URLS.cluster,
    responseNonce: second?.nonce ?? "",
    errorDetail: { message: "Error adding/updating cluster(s) a: no" },
  });
  await until(() => events.length === 3);
  expect(events.map(({ kind }) => kind)).toEqual(["connected", "acked", "nack"]);
  expect(ads.sessions()).toEqual([
    { node: "test-client", unanswered: 0, quarantined: [{ type: "cluster", name: "a", detail: "no" }] },
  ]);
});

test("the socket is the owner's alone, and is gone after close()", async () => {
  const ads = await start();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, "run")).mode & 0o777).toBe(0o700);
  await ads.close();
  server = undefined;
  expect(() => statSync(path)).toThrow("ENOENT");
});

test("a directory that others can enter is refused", async () => {
  mkdirSync(join(dir, "run"), { mode: 0o755 });
  await expect(start()).rejects.toThrow("mode 0700");
});

test("a path that is no socket, or is served already, is left alone", async () => {
  mkdirSync(join(dir, "run"), { mode: 0o700 });
  writeFileSync(path, "mine");
  await expect(start()).rejects.toThrow("not a socket");
  rmSync(path);
  await start();
  await expect(startAdsServer({ path, view, onEvent: () => undefined })).rejects.toThrow("another process");
});

test("a socket file that a dead server left is replaced", async () => {
  mkdirSync(join(dir, "run"), { mode: 0o700 });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(path, resolve));
  // A hard link outlives the server's own clean-up, as the file outlives a killed process.
  linkSync(path, `${path}.kept`);
  await new Promise((resolve) => other.close(resolve));
  renameSync(`${path}.kept`, path);
  expect(statSync(path).isSocket()).toBe(true);
  await start();
  expect(await connect().next()).toMatchObject({ resources: [] });
});

test("only loopback", async () => {
  const options = { host: "0.0.0.0", port: 0, view, onEvent: () => undefined };
  await expect(startAdsServer(options)).rejects.toThrow("not a loopback address");
});

test("an old Envoy is told why it gets nothing", async () => {
  await start();
  await expect(connect(36).next()).rejects.toMatchObject({
    code: Code.FailedPrecondition,
    rawMessage: expect.stringContaining("1.36.0 ignores upstream_connect_mode"),
  });
});

test("state-of-the-world ADS is not there", async () => {
  await start();
  const client = createClient(AggregatedDiscoveryService, socketTransport(path));
  const stream = client.streamAggregatedResources(
    (async function* () {
      yield { typeUrl: TYPE_URLS.cluster };
    })(),
  );
  await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: Code.Unimplemented,
    rawMessage: expect.stringContaining("DELTA_GRPC"),
  });
});

test("a reader that stalls costs one response per type, others are served, and it gets the latest state in the end", async () => {
  const big = (version: string) => view.put({ type: "cluster", name: "big", version, body: new Uint8Array(3_000_000) });
  big("1");
  const ads = await start();
  const stalled = connect();
  const reader = connect();
  const first = await reader.next();
  expect(first?.resources[0]?.version).toBe("1");
  reader.send({ typeUrl: TYPE_URLS.cluster, responseNonce: first?.nonce ?? "" });
  await until(() => events.filter(({ kind }) => kind === "acked").length === 1);
  for (let version = 2; version <= 40; version += 1) ads.publish(big(String(version)));
  expect(ads.sessions().map(({ unanswered }) => unanswered)).toEqual([1, 1]);
  const second = await reader.next();
  reader.send({ typeUrl: TYPE_URLS.cluster, responseNonce: second?.nonce ?? "" });
  const third = await reader.next();
  expect([second, third].map((response) => response?.resources[0]?.version)).toEqual(["2", "40"]);
  const late = await stalled.next();
  expect(late?.resources[0]?.version).toBe("1");
  stalled.send({ typeUrl: TYPE_URLS.cluster, responseNonce: late?.nonce ?? "" });
  expect((await stalled.next())?.resources[0]?.version).toBe("40");
});

test("close() ends streams, one that is not read included", async () => {
  view.put({ type: "cluster", name: "big", version: "1", body: new Uint8Array(3_000_000) });
  const ads = await start();
  connect();
  const reader = connect();
  await reader.next();
  await until(() => ads.sessions().length === 2);
  await ads.close();
  server = undefined;
  await reader.next().catch(() => undefined);
  await until(() => ads.sessions().length === 0);
});

test("a client that goes away, reading or not, leaves nothing behind", async () => {
  view.put({ type: "cluster", name: "big", version: "1", body: new Uint8Array(3_000_000) });
  const ads = await start();
  const stalled = connect();
  const reader = connect();
  await reader.next();
  await until(() => ads.sessions().every(({ unanswered }) => unanswered === 1) && ads.sessions().length === 2);
  stalled.close();
  reader.close();
  await until(() => ads.sessions().length === 0);
});

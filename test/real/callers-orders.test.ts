// Headers by which callers of an Envoy give it orders (timeouts, retries, names of statistics) change nothing of what the
// gateway does, and the external service sees none of them. On the oldest and the newest Envoy.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { request } from "../../tools/demo/mesh-client";
import { describePart, realEnvoy } from "../support/real-parts";
import { type Rig, sleep, startRig } from "../support/rig";

const VERSIONS = [
  { version: "1.40.0", portBase: 26_100 },
  { version: "1.37.0", portBase: 26_120 },
] as const;
const SLOW_MS = 1_000;
/** Where this alone came from, an older Envoy would take the caller for one of its own. */
const INTERNAL = "x-forwarded-for: 10.0.0.1";

describe.each(VERSIONS)("Envoy $version", ({ version, portBase }) => {
  describePart("callers' orders", realEnvoy(version), (envoy) => {
    let rig: Rig;
    let server: Server;
    let seen: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];

    const get = async (path: string, ...headers: readonly string[]): Promise<number> =>
      (await request(await rig.caller("web"), rig.to("api"), path, { headers: [INTERNAL, ...headers] })).status;

    beforeAll(async () => {
      server = createServer(async ({ url: path = "", headers }, response) => {
        seen.push({ path, headers });
        if (path === "/slow") await sleep(SLOW_MS);
        response.writeHead(path === "/broken" ? 503 : 200).end("{}");
      }).listen(portBase + 7, "127.0.0.1");
      rig = await startRig(envoy, portBase, () => ({
        ...{ name: "egress", datacenter: "dc1", bind: { port: portBase } },
        services: [
          {
            ...{ name: "api", address: "127.0.0.1", port: portBase + 7, protocol: "http" },
            ...{ plaintext: true, allowFrom: ["web"], timeouts: { requestMs: 5 * SLOW_MS } },
          },
        ],
      }));
    }, 60_000);
    beforeEach(() => {
      seen = [];
    });
    afterAll(async () => {
      await rig?.stop();
      server?.close();
    });

    test.each([
      ["x-envoy-upstream-rq-timeout-ms: 100"],
      ["x-envoy-upstream-rq-per-try-timeout-ms: 100"],
      ["x-envoy-expected-rq-timeout-ms: 100"],
      ["x-envoy-upstream-stream-duration-ms: 100"],
      ["x-envoy-upstream-rq-timeout-ms: 100", "x-envoy-upstream-rq-timeout-alt-response: 1"],
    ])("%s: the gateway waits as long as it is told by its declaration", async (...headers) => {
      expect(await get("/slow", ...headers)).toBe(200);
    });

    test.each([
      ["x-envoy-retry-on: 5xx"],
      ["x-envoy-retry-on: retriable-status-codes", "x-envoy-retriable-status-codes: 503"],
      ["x-envoy-retry-on: 5xx", "x-envoy-hedge-on-per-try-timeout: true"],
    ])("%s: a request is sent once", async (...headers) => {
      expect(await get("/broken", "x-envoy-max-retries: 3", ...headers)).toBe(503);
      expect(seen.map(({ path }) => path)).toEqual(["/broken"]);
    });

    test("no statistics bear a name of the caller's choice", async () => {
      expect(await get("/", "x-envoy-upstream-alt-stat-name: chosen")).toBe(200);
      expect([...((await rig.runtime.admin?.stats("chosen")) ?? [])]).toEqual([]);
    });

    test("the external service sees none of them, known or not; what is the application's passes", async () => {
      const orders = [
        ...["decorator-operation", "original-dst-host", "force-trace", "internal", "attempt-count", "ip-tags"],
        ...["original-path", "original-host", "external-address", "downstream-service-cluster", "of-tomorrow"],
      ];
      const own = ["grpc-timeout: 5S", "x-envoyage: far", "x-request-id: 7d7b8a1c-0000-4000-8000-000000000000"];
      expect(await get("/", ...orders.map((name) => `x-envoy-${name}: 1`), "X-Envoy-Retry-On: 5xx", ...own)).toBe(200);
      const [{ headers = {} } = {}] = seen;
      expect(Object.keys(headers).filter((name) => /^x-envoy-|^x-forwarded-for$/.test(name))).toEqual([]);
      expect(headers).toMatchObject({ "grpc-timeout": "5S", "x-envoyage": "far" });
      expect(headers["x-request-id"]).toBe("7d7b8a1c-0000-4000-8000-000000000000");
    });
  });
});

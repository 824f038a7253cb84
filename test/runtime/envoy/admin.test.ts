// What is asked of Envoy's admin interface and what is made of the answers, as a real one gives them.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EnvoyAdmin, makeAdmin } from "../../../src/runtime/envoy/admin";

let dir: string;
let server: Server;
let admin: EnvoyAdmin;
let asked: string[];
let answers: Record<string, [number, string]>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "tgw-admin-"));
  asked = [];
  answers = {};
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://admin");
    asked.push(`${request.method} ${request.url}`);
    const [status, body] = answers[url.pathname] ?? [404, "invalid path"];
    response.writeHead(status).end(body);
  });
  const socket = join(dir, "a.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  admin = makeAdmin(socket);
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

test("ready is 200, initialising is 503", async () => {
  answers["/ready"] = [200, "LIVE\n"];
  expect(await admin.isReady()).toBe(true);
  answers["/ready"] = [503, "PRE_INITIALIZING\n"];
  expect(await admin.isReady()).toBe(false);
});

test("a drain is graceful and does not skip the end of accepting", async () => {
  answers["/drain_listeners"] = [200, "OK\n"];
  answers["/quitquitquit"] = [200, "OK\n"];
  await admin.drainListeners();
  await admin.quit();
  expect(asked).toEqual(["POST /drain_listeners?graceful", "POST /quitquitquit"]);
  answers["/drain_listeners"] = [500, "no\n"];
  await expect(admin.drainListeners()).rejects.toThrow("answered 500: no");
});

test("connections are counted once each: per listener, without workers and without the admin interface", async () => {
  const gauge = (name: string, value: number) => ({ name, value });
  answers["/stats"] = [
    200,
    JSON.stringify({
      stats: [
        gauge("listener.127.0.0.1_8443.downstream_cx_active", 6),
        gauge("listener.127.0.0.1_8443.worker_0.downstream_cx_active", 2),
        gauge("listener.127.0.0.1_8443.worker_1.downstream_cx_active", 4),
        gauge("listener.[__1]_8443.downstream_cx_active", 1),
        gauge("listener.admin.downstream_cx_active", 1),
        gauge("listener.admin.main_thread.downstream_cx_active", 1),
        { histograms: { supported_quantiles: [] } },
      ],
    }),
  ];
  expect(await admin.activeConnections()).toBe(7);
});

test("the filter leaves internal hops out and takes every listener that has clients", async () => {
  answers["/stats"] = [200, '{"stats":[]}'];
  expect(await admin.activeConnections()).toBe(0);
  const filter = new URL(asked[0]?.split(" ")[1] ?? "", "http://admin").searchParams.get("filter") ?? "";
  const takes = (name: string) => new RegExp(filter).test(`listener.${name}.downstream_cx_active`);
  expect(["127.0.0.1_8443", "[__1]_8443", "gw", "egress", "en"].map(takes)).toEqual([true, true, true, true, false]);
  expect(["envoy_internal_in-billing", "envoy_internal_in-b.worker_0"].map(takes)).toEqual([false, false]);
});

test("targets that Envoy waits for", async () => {
  answers["/init_dump"] = [
    200,
    '{"unready_targets_dumps":[{"name":"init manager Server","target_names":["target LDS"]},{"target_names":["SdsApi a"]}]}',
  ];
  expect(await admin.initTargets()).toEqual(["target LDS", "SdsApi a"]);
  answers["/init_dump"] = [200, "{}"];
  expect(await admin.initTargets()).toEqual([]);
});

test("no socket, no answer: a rejection", async () => {
  await expect(makeAdmin(join(dir, "none.sock")).isReady()).rejects.toThrow("ENOENT");
});

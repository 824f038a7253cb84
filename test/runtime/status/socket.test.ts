// The status socket: private, one gateway or several, and what is said when nobody answers.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStatus } from "../../../src/runtime/status/client";
import { startStatusServer, statusSocket } from "../../../src/runtime/status/server";
import type { GatewayStatus } from "../../../src/runtime/status/view";
import { makeLog, makeTempDir } from "../source/support";

const status = (gateway: string): GatewayStatus => ({
  ...{ gateway, version: "1", source: "standalone", startedAt: "2030-01-01T00:00:00.000Z" },
  ...{ envoy: { state: "running" }, options: [], services: [] },
});

test("a gateway is found by name, or alone; several have to be told apart", async () => {
  const runDir = makeTempDir();
  const started = [];
  for (const name of ["egress", "other"]) {
    mkdirSync(join(runDir, name), { mode: 0o700 });
    started.push(await startStatusServer(statusSocket(join(runDir, name)), () => status(name), makeLog()));
    if (name === "egress") expect(await readStatus(runDir, undefined)).toEqual({ ok: true, value: status("egress") });
  }
  expect(statSync(statusSocket(join(runDir, "egress"))).mode & 0o777).toBe(0o600);
  expect(await readStatus(runDir, "other")).toEqual({ ok: true, value: status("other") });
  expect(await readStatus(runDir, undefined)).toMatchObject({
    error: [{ path: "--gateway", got: "2 gateways: egress, other" }],
  });
  await Promise.all(started.map((each) => each.close()));
  expect(await readStatus(runDir, "egress")).toMatchObject({ error: [{ path: "--run-dir" }] });
  expect(await readStatus(join(runDir, "nowhere"), undefined)).toMatchObject({ error: [{ path: "--run-dir" }] });
});

test("a socket that cannot be had is logged, and the gateway goes on", async () => {
  const runDir = makeTempDir();
  writeFileSync(statusSocket(runDir), "");
  const log = makeLog();
  const server = await startStatusServer(statusSocket(runDir), () => status("egress"), log);
  expect(log.records).toMatchObject([{ level: "warn", message: "the status command has no socket" }]);
  await server.close();
});

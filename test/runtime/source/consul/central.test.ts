// What Consul says of the gateway itself: told when it is complete or late, with every change, and kept for a restart.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../../../../src/runtime/persist";
import { type CentralConfig, NO_CENTRAL, openCentral } from "../../../../src/runtime/source/consul/central";
import { makeFakeClock, makeLog, makeTempDir } from "../support";

const FILE = "central-config.json";

async function start(dir = makeTempDir()) {
  const clock = makeFakeClock();
  const log = makeLog();
  const central = await openCentral({ state: await openState(dir), clock, log });
  const told: CentralConfig[] = [];
  central.start((next) => void told.push(next));
  return { dir, clock, log, central, told };
}

const ALL = { config: { a: 1 }, accessLogs: { Enabled: true }, mesh: { TLS: {} }, own: { b: 2 } };

test("nothing is told before all of it is known, and then each change once", async () => {
  const { central, told } = await start();
  central.note({ config: ALL.config, accessLogs: ALL.accessLogs });
  central.note({ mesh: ALL.mesh });
  expect(told).toEqual([]);
  central.note({ own: ALL.own });
  central.note({ own: ALL.own });
  central.note({ config: { a: 2 } });
  expect(told).toEqual([ALL, { ...ALL, config: { a: 2 } }]);
  await central.close();
});

test("with nothing known before, the first start waits ten seconds for all of it", async () => {
  const { central, clock, log, told } = await start();
  central.note({ own: ALL.own });
  await clock.advance(9_900);
  expect(told).toEqual([]);
  await clock.advance(200);
  expect(told).toEqual([{ ...NO_CENTRAL, own: ALL.own }]);
  expect(log.records.map(({ fields }) => fields?.missing)).toEqual([["config", "accessLogs", "mesh"]]);
  central.note({ mesh: ALL.mesh });
  expect(told.at(-1)).toEqual({ ...NO_CENTRAL, own: ALL.own, mesh: ALL.mesh });
  await central.close();
});

test("a restart has what was known, when Consul is late by two seconds", async () => {
  const first = await start();
  first.central.note(ALL);
  await first.central.close();
  expect(statSync(join(first.dir, FILE)).mode & 0o777).toBe(0o600);
  const { central, clock, told } = await start(first.dir);
  expect(central.lastOwn()).toEqual(ALL.own);
  central.note({ mesh: {} });
  await clock.advance(2_100);
  expect(told).toEqual([{ ...ALL, mesh: {} }]);
  await central.close();
});

test.each([["{"], ['{"version":"another"}']])("a file with %s is not believed", async (text) => {
  const dir = makeTempDir();
  writeFileSync(join(dir, FILE), text, { mode: 0o600 });
  const { central, told } = await start(dir);
  expect(central.lastOwn()).toEqual({});
  central.note(ALL);
  expect(told).toEqual([ALL]);
  await central.close();
  expect(JSON.parse(readFileSync(join(dir, FILE), "utf8"))).toMatchObject(ALL);
});

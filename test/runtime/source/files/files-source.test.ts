import { mkdirSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import { startFilesSource } from "../../../../src/runtime/source/files/files-source";
import { makeFakeClock, makeLog, makeTempDir, until } from "../support";
import { caKey, clientKey, DAY_MS, makeCa, makePair, setUp, sources } from "./fixture";

it("says nothing when the same bytes are written again", async () => {
  const { dir, start, see, contents } = setUp((at) => [
    { kind: "ca", caFile: join(at, "a.pem") },
    { kind: "ca", caFile: join(at, "b.pem") },
  ]);
  const [one, two] = [await makeCa(), await makeCa()];
  writeFileSync(join(dir, "a.pem"), one);
  writeFileSync(join(dir, "b.pem"), one);
  start();
  await see(one, one);
  writeFileSync(join(dir, "a.pem"), one);
  writeFileSync(join(dir, "b.pem"), two);
  await until(() => contents().length >= 3, contents);
  expect(contents()).toEqual([one, one, two]);
});

it("holds a pair back while key and certificate do not fit, and takes it when they do", async () => {
  const { dir, start, see, events } = setUp(clientKey);
  const [one, two] = [await makePair(), await makePair()];
  writeFileSync(join(dir, "c.pem"), one.certPem);
  writeFileSync(join(dir, "k.pem"), one.keyPem);
  start();
  await see(one.certPem + one.keyPem);
  writeFileSync(join(dir, "c.pem"), two.certPem);
  await until(
    () => events.length === 2,
    () => events,
  );
  expect(events[1]?.kind).toBe("problem");
  writeFileSync(join(dir, "k.pem"), two.keyPem);
  await until(
    () => events.length === 3,
    () => events,
  );
  expect(events[2]).toEqual({
    kind: "material",
    key: clientKey(dir)[0],
    material: { kind: "client", certPem: two.certPem, keyPem: two.keyPem, notAfterMs: two.notAfterMs },
  });
});

it("tells no problem for a rotation that is whole at the second look", async () => {
  const { dir, start, see } = setUp(clientKey, { retryMs: 1000 });
  const [one, two] = [await makePair(), await makePair()];
  writeFileSync(join(dir, "c.pem"), one.certPem);
  writeFileSync(join(dir, "k.pem"), one.keyPem);
  start();
  await see(one.certPem + one.keyPem);
  writeFileSync(join(dir, "c.pem"), two.certPem);
  // Longer than the debounce: the half-done pair is looked at in between.
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(join(dir, "k.pem"), two.keyPem);
  await see(one.certPem + one.keyPem, two.certPem + two.keyPem);
});

it("says again that all is well when the old content comes back", async () => {
  const { dir, start, see } = setUp((at) => [{ kind: "ca", caFile: join(at, "a.pem") }]);
  const text = await makeCa();
  writeFileSync(join(dir, "a.pem"), text);
  start();
  await see(text);
  truncateSync(join(dir, "a.pem"));
  await see(text, "problem: DIR/a.pem contains no certificate");
  writeFileSync(join(dir, "a.pem"), text);
  await see(text, "problem: DIR/a.pem contains no certificate", text);
});

it("finds by polling what gave no event, and retries by itself", async () => {
  const { dir, start, see } = setUp((at) => [{ kind: "ca", caFile: join(at, "x/y/a.pem") }], { retryMs: 20 });
  const text = await makeCa();
  start();
  const problem = "problem: cannot read DIR/x/y/a.pem: no such file";
  await see(problem);
  mkdirSync(join(dir, "x/y"), { recursive: true });
  writeFileSync(join(dir, "x/y/a.pem"), text);
  await see(problem, text);
});

it("takes only certificates of a bundle, and both parts of a combined file", async () => {
  const { dir, start, events } = setUp((at) => [
    { kind: "ca", caFile: join(at, "ca.pem") },
    { kind: "client", certFile: join(at, "all.pem"), keyFile: join(at, "all.pem") },
  ]);
  const pair = await makePair();
  const ca = await makeCa();
  writeFileSync(join(dir, "all.pem"), `comment\r\n${pair.certPem.replaceAll("\n", "\r\n")}${pair.keyPem}more\n${ca}`);
  writeFileSync(join(dir, "ca.pem"), `Issuer: somebody\n${ca}\n  \n${pair.certPem}trailing`);
  start();
  await until(
    () => events.length >= 2,
    () => events,
  );
  const materials = events.map((event) => (event.kind === "material" ? event.material : event));
  expect(materials).toContainEqual(expect.objectContaining({ kind: "ca", pem: ca + pair.certPem }));
  expect(materials).toContainEqual(
    expect.objectContaining({ kind: "client", certPem: pair.certPem + ca, keyPem: pair.keyPem }),
  );
});

it("tells when a certificate expires in place", async () => {
  const dir = makeTempDir();
  const clock = makeFakeClock(Date.now());
  const pair = await makePair(clock.now(), DAY_MS);
  writeFileSync(join(dir, "c.pem"), pair.certPem);
  writeFileSync(join(dir, "k.pem"), pair.keyPem);
  const events: WatchEvent[] = [];
  const source = startFilesSource({ emit: (event) => events.push(event), clock, log: makeLog() });
  sources.push(source);
  source.watch(clientKey(dir));
  await until(
    () => events.length === 1,
    () => events,
  );
  clock.jump(2 * DAY_MS);
  for (let minute = 0; minute < 100 && events.length < 2; minute += 1) {
    await clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(events.map(({ kind }) => kind)).toEqual(["material", "problem"]);
});

it("forgets what is not asked for any more and says nothing after the stop", async () => {
  const { dir, source, start, see, contents } = setUp(caKey);
  const [one, two] = [await makeCa(), await makeCa()];
  mkdirSync(join(dir, "certs"));
  writeFileSync(join(dir, "certs/ca.pem"), one);
  start();
  await see(one);
  source.watch([{ kind: "ca", caFile: join(dir, "certs/other.pem") }]);
  writeFileSync(join(dir, "certs/ca.pem"), two);
  writeFileSync(join(dir, "certs/other.pem"), one);
  await until(() => contents().at(-1) === one && contents().length >= 2, contents);
  expect(contents()).not.toContain(two);
  const count = contents().length;
  source.stop();
  unlinkSync(join(dir, "certs/other.pem"));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(contents()).toHaveLength(count);
});

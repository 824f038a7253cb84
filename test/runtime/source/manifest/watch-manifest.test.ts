import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GatewayModel } from "../../../../src/model/gateway";
import { makeManifest } from "../../../../src/model/manifest";
import { systemClock } from "../../../../src/runtime/ports";
import { readManifest } from "../../../../src/runtime/source/manifest/read";
import { type ManifestWatch, watchManifest } from "../../../../src/runtime/source/manifest/watch-manifest";
import { makeLog, makeTempDir, until } from "../support";

const watches: ManifestWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop();
});

const textOf = (port: number): string => {
  const model: GatewayModel = {
    name: "egress",
    datacenter: "dc1",
    bind: { address: "127.0.0.1", port },
    defaultIntention: "deny",
    acl: { enabled: true, token: true, replicas: [] },
    meta: {},
    delivery: "file",
    services: [],
  };
  return JSON.stringify(makeManifest(model));
};

/** A project as CDKTF writes it. */
function synth(dir: string, port: number): void {
  const stack = join(dir, "cdktf.out/stacks/app/cdk.tf.json");
  mkdirSync(dirname(stack), { recursive: true });
  const index = { stacks: { app: { synthesizedStackPath: "stacks/app/cdk.tf.json" } } };
  writeFileSync(join(dir, "cdktf.out/manifest.json"), JSON.stringify(index));
  const resource = { terraform_data: { m: { input: JSON.parse(textOf(port)) } } };
  writeFileSync(stack, JSON.stringify({ terraform: {}, resource }));
}

async function follow(path: string, retryMs = 50) {
  const seen: (number | string)[] = [];
  const current = await readManifest(path);
  const watch = watchManifest(path, {
    clock: systemClock,
    log: makeLog(),
    ...(current.ok ? { current: current.value } : {}),
    onChange: ({ model }) => seen.push(model.bind.port),
    onProblem: (issues) => seen.push(issues.map(({ got }) => got.replace(dirname(path), "DIR")).join()),
    debounceMs: 20,
    pollMs: 3_600_000,
    retryMs,
  });
  watches.push(watch);
  const see = async (...expected: (number | string)[]) => {
    await until(
      () => seen.length >= expected.length,
      () => seen,
    );
    expect(seen).toEqual(expected);
  };
  return { watch, see, seen };
}

it("hands over each new declaration, and nothing for the same one", async () => {
  const file = join(makeTempDir(), "m.json");
  writeFileSync(file, textOf(1001));
  const { see } = await follow(file);
  writeFileSync(file, `${textOf(1001)}\n\n`);
  writeFileSync(`${file}.new`, textOf(1002));
  renameSync(`${file}.new`, file);
  await see(1002);
  writeFileSync(file, textOf(1003));
  await see(1002, 1003);
});

it("tells a bad declaration once, keeps the last good, and takes the next good one", async () => {
  const file = join(makeTempDir(), "m.json");
  writeFileSync(file, textOf(1001));
  const { see, watch, seen } = await follow(file);
  writeFileSync(file, "{");
  await see("text that is not JSON");
  watch.reload();
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(file, "");
  await see("text that is not JSON", "nothing");
  writeFileSync(file, textOf(1001));
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(file, textOf(1002));
  await until(
    () => seen.at(-1) === 1002,
    () => seen,
  );
  expect(seen).toEqual(["text that is not JSON", "nothing", 1002]);
});

it("follows a project through a synthesis that starts from nothing", async () => {
  const dir = makeTempDir();
  synth(dir, 1001);
  const { see } = await follow(dir, 60_000);
  synth(dir, 1002);
  await see(1002);
  rmSync(join(dir, "cdktf.out"), { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  synth(dir, 1003);
  await see(1002, 1003);
});

it("waits for a source that does not exist yet", async () => {
  const file = join(makeTempDir(), "deep/m.json");
  const { see } = await follow(file);
  await see("cannot read DIR/m.json: no such file");
  mkdirSync(dirname(file));
  writeFileSync(file, textOf(1001));
  await see("cannot read DIR/m.json: no such file", 1001);
});

it("prefers a gateway's own file as soon as it appears", async () => {
  const dir = makeTempDir();
  synth(dir, 1001);
  const { see } = await follow(dir);
  writeFileSync(join(dir, "cdktf.out/stacks/app/egress.manifest.json"), textOf(1002));
  await see(1002);
});

it("reads on demand and is silent after the stop", async () => {
  const file = join(makeTempDir(), "m.json");
  writeFileSync(file, textOf(1001));
  const { watch, see, seen } = await follow(file);
  writeFileSync(file, textOf(1002));
  watch.reload();
  await see(1002);
  watch.stop();
  writeFileSync(file, textOf(1003));
  watch.reload();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(seen).toEqual([1002]);
});

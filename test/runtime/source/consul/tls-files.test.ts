// CA, certificate and key files of Consul clients: read as a whole, replaced while we run, never lost to a bad one.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConsulTls } from "../../../../src/runtime/source/consul/access";
import type { TlsFiles } from "../../../../src/runtime/source/consul/settings";
import { followTls, readTls } from "../../../../src/runtime/source/consul/tls-files";
import { makeCa, type Pair, type PrivateCa } from "../../../../tools/demo/pki";
import { makeFakeClock, makeLog, makeTempDir } from "../support";

let dir: string;
let ca: PrivateCa;
let other: PrivateCa;
let pair: Pair;
beforeAll(async () => {
  [ca, other] = await Promise.all([makeCa("One"), makeCa("Two")]);
  pair = await ca.client("gateway");
});
beforeEach(() => {
  dir = makeTempDir();
});

const at = (name: string, text?: string): { path: string; from: string } => {
  const path = join(dir, name);
  if (text !== undefined) writeFileSync(path, text);
  return { path, from: `--${name}` };
};
const good = (files: TlsFiles): ConsulTls => {
  const result = readTls(files);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const mistakes = (files: TlsFiles): readonly string[] => {
  const result = readTls(files);
  return result.ok ? [] : result.error.map(({ path, got }) => `${path}: ${got.replaceAll(`${dir}/`, "")}`);
};

test("nothing is given: the system's CAs count", () => {
  expect(good({})).toEqual({});
});

test("a directory's files are CAs together, also as Kubernetes mounts them; a CA file wins over it", () => {
  mkdirSync(join(dir, "cas/..2030"), { recursive: true });
  symlinkSync("..2030", join(dir, "cas/..data"));
  at("cas/..2030/a.pem", `# one\n${ca.caPem}`);
  symlinkSync("..data/a.pem", join(dir, "cas/a.pem"));
  at("cas/b.pem", other.caPem);
  at("cas/README", "not a certificate");
  const { caPem = "" } = good({ caPath: at("cas") });
  expect(caPem.match(/-----BEGIN/g)).toHaveLength(2);
  for (const each of [ca, other]) expect(caPem).toContain(each.caPem.trim());
  expect(good({ caFile: at("ca", ca.caPem), caPath: at("cas") }).caPem).not.toContain(other.caPem.trim());
});

test("every mistake at once, none quoted from a file", async () => {
  mkdirSync(join(dir, "empty"));
  const broken = "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----";
  expect(
    mistakes({
      caPath: at("empty"),
      clientCert: at("c", broken),
      clientKey: at("k", "-----BEGIN PRIVATE KEY-----\nsecret"),
    }),
  ).toEqual([
    "--empty: empty: no certificate in its files",
    "--c: c: no certificate that can be used",
    "--k: k: no private key that can be used",
  ]);
  expect(mistakes({ caFile: at("none"), clientCert: at("c", "x"), clientKey: at("k", "x") })).toEqual([
    "--none: none: ENOENT",
    "--c: c: no certificate in it",
    "--k: k: no private key in it",
  ]);
  expect(mistakes({ caPath: at("nowhere") })).toEqual(["--nowhere: nowhere: ENOENT"]);
  const { keyPem } = await ca.client("another");
  expect(mistakes({ clientCert: at("c", pair.certPem), clientKey: at("k", keyPem) })).toEqual([
    `--k: k: not the key of c`,
  ]);
});

test("followed: the same object until something changes; what cannot be used is said at the second look, and the last good stays", async () => {
  const files = { caFile: at("ca", ca.caPem), clientCert: at("c", pair.certPem), clientKey: at("k", pair.keyPem) };
  const clock = makeFakeClock();
  const log = makeLog();
  const first = good(files);
  const now = followTls(files, first, { clock, log });
  const later = (): ConsulTls => {
    clock.jump(1_001);
    return now();
  };
  expect(later()).toBe(first);
  const next = await ca.client("gateway");
  at("c", next.certPem);
  expect(now()).toBe(first);
  expect(later()).toBe(first);
  expect(log.records).toEqual([]);
  at("k", next.keyPem);
  const second = later();
  expect(second).toEqual({ caPem: ca.caPem.trim(), certPem: next.certPem.trim(), keyPem: next.keyPem });
  expect(later()).toBe(second);
  writeFileSync(join(dir, "new"), other.caPem);
  renameSync(join(dir, "new"), join(dir, "ca"));
  expect(later().caPem).toBe(other.caPem.trim());
  rmSync(join(dir, "ca"));
  for (let look = 0; look < 4; look += 1) expect(later().caPem).toBe(other.caPem.trim());
  at("ca", other.caPem);
  const third = later();
  expect(log.records.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    "info: TLS files for Consul read",
    "info: TLS files for Consul read",
    "warn: TLS files for Consul cannot be used, the last good ones stay",
    "info: TLS files for Consul read",
  ]);
  expect(later()).toBe(third);
});

test("a directory is followed: a file more counts", () => {
  mkdirSync(join(dir, "cas"));
  at("cas/a.pem", ca.caPem);
  const files = { caPath: at("cas") };
  const clock = makeFakeClock();
  const now = followTls(files, good(files), { clock, log: makeLog() });
  at("cas/b.pem", other.caPem);
  clock.jump(1_001);
  expect(now().caPem).toContain(other.caPem.trim());
});

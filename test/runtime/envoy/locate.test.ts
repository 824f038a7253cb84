// Where Envoy is looked for, and what is made of it; scripts that print a version text stand in for Envoy.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LocateOptions, locateEnvoy } from "../../../src/runtime/envoy/locate";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tgw-locate-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function script(name: string, body: string): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const fake = (name: string, version: string): string =>
  script(
    name,
    `echo; echo "$0  version: 9e5580933739775e8bce696a57a2e1bc99368f23/${version}/Clean/RELEASE/BoringSSL"; echo`,
  );

const locate = (options: Partial<LocateOptions>) =>
  locateEnvoy({ ...options, env: { TGW_CACHE_DIR: join(dir, "cache"), ...options.env } });

test("the option comes first, then ENVOY_PATH, then PATH, then the newest supported one in the cache", async () => {
  const option = fake("option/envoy", "1.40.0");
  const own = fake("own/my-envoy", "1.39.3");
  const onPath = fake("bin/envoy", "1.38.4");
  fake("cache/envoy/1.36.4/envoy", "1.36.4");
  fake("cache/envoy/1.37.0/envoy", "1.37.0");
  const newest = fake("cache/envoy/1.40.0/envoy", "1.40.0");
  mkdirSync(join(dir, "cache/envoy/.tmp-x"));
  const path = ["", "empty", "bin"].map((name) => name && join(dir, name)).join(":");
  const chosen = async (options: Partial<LocateOptions>) => {
    const found = await locate(options);
    return found.ok ? found.value.path : found.error;
  };
  expect(await chosen({ path: option, env: { ENVOY_PATH: own, PATH: path } })).toBe(option);
  expect(await chosen({ env: { ENVOY_PATH: own, PATH: path } })).toBe(own);
  expect(await chosen({ env: { PATH: path } })).toBe(onPath);
  expect(await chosen({ env: {} })).toBe(newest);
  expect(await chosen({ version: "1.37.0", env: { PATH: path } })).toBe(join(dir, "cache/envoy/1.37.0/envoy"));
});

test("a cache that holds only old ones holds none", async () => {
  fake("cache/envoy/1.36.4/envoy", "1.36.4");
  expect(await locate({})).toMatchObject({ ok: false, error: [{ path: "--envoy-path" }] });
});

test("tells the version and warns of known holes", async () => {
  const path = fake("envoy", "1.38.3");
  expect(await locate({ path })).toEqual({
    ok: true,
    value: {
      path,
      version: { major: 1, minor: 38, patch: 3 },
      warnings: [expect.stringMatching(/^Envoy 1\.38\.3 has CVE-2026-73553.*; fixed in 1\.38\.4$/)],
    },
  });
});

test.each<[string, Partial<LocateOptions>, string, string, string]>([
  ["nothing anywhere", {}, "--envoy-path", "no Envoy in ENVOY_PATH, PATH or the cache", "install Envoy"],
  [
    "a version that is not cached",
    { version: "1.39.0" },
    "--envoy-version",
    "1.39.0, which is not in the cache",
    "install",
  ],
  ["a path to nothing", { path: "/nonexistent/envoy" }, "--envoy-path", "no executable file", "correct the path"],
  ["a directory", { path: "/" }, "--envoy-path", "no executable file", "correct the path"],
])("%s is one issue", async (_, options, path, got, hint) => {
  const found = await locate(options);
  expect(found).toEqual({
    ok: false,
    error: [
      {
        path,
        got: expect.stringContaining(got),
        allowed: "Envoy 1.37.0 or newer",
        hint: expect.stringContaining(hint),
      },
    ],
  });
});

test.each([
  ["an old one", 'echo "x version: 0a/1.36.4/Clean/RELEASE/BoringSSL"', "Envoy 1.36.4 at ", "upstream_connect_mode"],
  ["one that is no Envoy", "echo hello", "names none", "is this really Envoy?"],
  ["one that fails", "exit 3", "failed on --version (3)", "runs on this machine"],
])("%s named by ENVOY_PATH is refused, and PATH is not tried instead", async (_, body, got, hint) => {
  fake("bin/envoy", "1.40.0");
  const found = await locate({ env: { ENVOY_PATH: script("own", body), PATH: join(dir, "bin") } });
  expect(found).toEqual({
    ok: false,
    error: [
      {
        path: "ENVOY_PATH",
        got: expect.stringContaining(got),
        allowed: "Envoy 1.37.0 or newer",
        hint: expect.stringContaining(hint),
      },
    ],
  });
});

// The run directory: private, short, and refused with a reason where it is not.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRunDir } from "../../../src/runtime/envoy/run-dir";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tgw-run-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("is made with its parents, for the owner alone, whatever the umask", async () => {
  const before = process.umask(0);
  try {
    const path = join(dir, "a/egress");
    expect(await makeRunDir(path)).toEqual({
      ok: true,
      value: {
        path,
        adminSocket: join(path, "admin.sock"),
        adsSocket: join(path, "xds.sock"),
        bootstrapFile: join(path, "bootstrap.json"),
      },
    });
    expect([path, join(dir, "a")].map((made) => lstatSync(made).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(await makeRunDir(path)).toMatchObject({ ok: true });
  } finally {
    process.umask(before);
  }
});

test("107 bytes for a socket are enough, 108 are not", async () => {
  const room = 107 - "/admin.sock".length - dir.length - 1;
  expect(await makeRunDir(join(dir, "x".repeat(room)))).toMatchObject({ ok: true });
  const tooLong = await makeRunDir(join(dir, "x".repeat(room + 1)));
  expect(tooLong).toMatchObject({
    ok: false,
    error: [
      {
        path: "--run-dir",
        got: expect.stringContaining("108 bytes"),
        allowed: "socket paths of at most 107 bytes",
        hint: "choose a shorter --run-dir",
      },
    ],
  });
});

const wrong: readonly [string, () => string, string][] = [
  ["one that others may enter", () => made("open", 0o755), "its mode is 755, others may enter"],
  ["a link", () => linked("link"), "it is not a directory"],
  ["a file", () => filed("file"), "EEXIST"],
  ["one in a place where others may replace it", () => made("shared/run", 0o700), "others may write to its parent"],
];

test.each(wrong)("%s is refused", async (_, prepare, got) => {
  const result = await makeRunDir(prepare());
  expect(result).toMatchObject({ ok: false, error: [{ path: "--run-dir", got: expect.stringContaining(got) }] });
});

function made(name: string, mode: number): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  if (name.startsWith("shared/")) chmodSync(join(dir, "shared"), 0o777);
  return path;
}

function linked(name: string): string {
  symlinkSync(made("target", 0o700), join(dir, name));
  return join(dir, name);
}

function filed(name: string): string {
  writeFileSync(join(dir, name), "");
  return join(dir, name);
}

import { X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, StateError } from "../../../../src/runtime/persist";
import { systemClock } from "../../../../src/runtime/ports";
import { type Authority, openAuthority } from "../../../../src/runtime/source/local/authority";
import { makeFakeClock, makeTempDir } from "../support";

const open = async (dir: string, clock = systemClock): Promise<Authority> => openAuthority(await openState(dir), clock);

describe("state", () => {
  it("is private and survives a restart unchanged", async () => {
    const dir = join(makeTempDir(), "state");
    const first = await open(dir);
    const bytes = readFileSync(join(dir, "authority.json"), "utf8");
    const second = await open(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, "authority.json")).mode & 0o777).toBe(0o600);
    expect(second.bundle()).toEqual(first.bundle());
    expect(readFileSync(join(dir, "authority.json"), "utf8")).toBe(bytes);
    const leaf = await second.issueLeaf({ uri: `spiffe://${second.trustDomain}/ns/default/dc/dc1/svc/a` });
    const root = new X509Certificate(first.bundle().roots[0] ?? "");
    expect(new X509Certificate(leaf.certPem).verify(root.publicKey)).toBe(true);
  });

  it("is made once when two processes start together", async () => {
    const dir = makeTempDir();
    const [one, other] = await Promise.all([open(dir), open(dir)]);
    expect(one?.bundle()).toEqual(other?.bundle());
  });

  it.each([
    ["a directory that others can enter", (dir: string) => chmodSync(dir, 0o750), /has mode 750.*chmod 700/],
    [
      "a file that others can read",
      (dir: string) => chmodSync(join(dir, "authority.json"), 0o644),
      /mode 644.*chmod 600/,
    ],
    [
      "a file that was cut",
      (dir: string) => writeFileSync(join(dir, "authority.json"), '{"version":1,'),
      /is not JSON/,
    ],
    [
      "a file of another kind",
      (dir: string) => writeFileSync(join(dir, "authority.json"), "{}"),
      /not the embedded CA's state/,
    ],
    [
      "a root without its key",
      (dir: string) => {
        const path = join(dir, "authority.json");
        const saved = JSON.parse(readFileSync(path, "utf8"));
        delete saved.roots[0].keyPem;
        writeFileSync(path, JSON.stringify(saved));
      },
      /not the embedded CA's state/,
    ],
  ])("refuses %s", async (_name, spoil, message) => {
    const dir = makeTempDir();
    await open(dir);
    const key = JSON.parse(readFileSync(join(dir, "authority.json"), "utf8")).roots[0].keyPem.split("\n")[1];
    spoil(dir);
    const error = await open(dir).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(StateError);
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain(key);
  });
});

describe("rotation", () => {
  it("signs with a new root, trusts both, keeps the trust domain, and drops the old key", async () => {
    const dir = makeTempDir();
    const authority = await open(dir);
    const uri = `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/a`;
    const before = await authority.issueLeaf({ uri });
    const [oldRoot = ""] = authority.bundle().roots;
    const told: number[] = [];
    authority.onRotated((bundle) => told.push(bundle.roots.length));
    const bundle = await authority.rotateRoot();
    const after = await authority.issueLeaf({ uri });
    expect(bundle.trustDomain).toBe(authority.trustDomain);
    expect(bundle.roots).toHaveLength(2);
    expect(bundle.roots[1]).toBe(oldRoot);
    expect(told).toEqual([2]);
    expect(authority.generation()).toBe(1);
    const newKey = new X509Certificate(bundle.roots[0] ?? "").publicKey;
    expect(new X509Certificate(after.certPem).verify(newKey)).toBe(true);
    expect(new X509Certificate(before.certPem).verify(newKey)).toBe(false);
    const saved = JSON.parse(readFileSync(join(dir, "authority.json"), "utf8"));
    expect(saved.roots.map((root: object) => "keyPem" in root)).toEqual([true, false]);
    expect((await open(dir)).bundle()).toEqual(bundle);
  });

  it("forgets the old root after twice the life of a leaf", async () => {
    const clock = makeFakeClock();
    const authority = await open(makeTempDir(), clock);
    await authority.rotateRoot();
    clock.jump(144 * 3_600_000 - 1);
    expect(authority.bundle().roots).toHaveLength(2);
    clock.jump(1);
    expect(authority.bundle().roots).toHaveLength(1);
  });

  it("lists all roots when rotated twice at once", async () => {
    const authority = await open(makeTempDir());
    await Promise.all([authority.rotateRoot(), authority.rotateRoot()]);
    expect(new Set(authority.bundle().roots).size).toBe(3);
  });
});

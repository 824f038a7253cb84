// The token's secret, encrypted, by word alone: what is planned, what no manifest tells, and every key that is none.
import { makeManifest } from "../../src/model/manifest";
import { exportWarning, isPgpKey, PGP_KEY_PATTERN } from "../../src/model/pgp-key";
import { plan } from "../../src/model/plan";
import { knownGateway } from "../../src/model/policy";
import type { GatewayProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";
import { goldenCases } from "../support/golden";

const BASE = { name: "egress", datacenter: "dc1" };
/** The first bytes of an RSA key's packet (0x99 0x01 0x0d 0x04), of a newer one (0xc6), and of their private halves. */
const KEY = `mQENB${"A".repeat(123)}`;
const NEWER = `xsBN${"B".repeat(200)}`;
const PRIVATE = `lQOYB${"A".repeat(123)}`;
const NEWER_PRIVATE = `xcLY${"B".repeat(200)}`;
/** Of `gpg --quick-gen-key`, without its user id and signatures. */
const CURVE25519 =
  "mDMEZwAAABYJKwYBBAHaRw8BAQdAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC4OARnAAAAEgorBgEEAZdVAQUBAQdAAAAAAAAAAAAA" +
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMBCAc=";
const ALLOWED = "a PGP public key, binary in base64, or keybase:NAME";

const validated = (acl: unknown, more: object = {}) => validate<string>({ ...BASE, ...more, acl }, (leaf) => leaf);
function modelOf(acl: unknown) {
  const result = validated(acl);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
const mistakes = (acl: unknown, more: object = {}): readonly string[] => {
  const result = validated(acl, more);
  return result.ok ? [] : result.error.map(({ path, got, allowed }) => `${path}: ${got}: ${allowed}`);
};

test.each([KEY, NEWER, `${KEY.slice(0, 64)}\n${KEY.slice(64)}\n`, "keybase:some_1", `${KEY}AA==`])(
  "a key: %j",
  (pgpKey) => {
    const items = plan(modelOf({ exportToken: { pgpKey } }));
    expect(items.map(({ key }) => key)).toEqual(["policy", "role", "token", "token-secret", "gateway", "manifest"]);
    expect(items[3]).toEqual({
      ...{ kind: "acl-token-secret", key: "token-secret", dependsOn: ["token"], token: "token", args: { pgpKey } },
    });
    // Nothing waits for it.
    expect(items.flatMap(({ dependsOn }) => dependsOn)).not.toContain("token-secret");
  },
);

test("a manifest does not tell of it, and one that does is read without", () => {
  const model = modelOf({ exportToken: { pgpKey: KEY } });
  expect(makeManifest(model)).toEqual(makeManifest(modelOf({})));
  expect(goldenCases().flatMap(({ props }) => Object.keys((props as GatewayProps).acl ?? {}))).not.toContain(
    "exportToken",
  );
});

test("a policy of an organisation sees the key, or that there is one", () => {
  const model = modelOf({ exportToken: { pgpKey: KEY } });
  expect(knownGateway(model, (leaf) => leaf).acl.exportToken).toEqual({ pgpKey: KEY });
  expect(knownGateway(model, () => undefined).acl).toMatchObject({ exportToken: { pgpKey: undefined } });
  expect(knownGateway(modelOf({}), (leaf) => leaf).acl).toEqual({ enabled: true, token: true, replicas: [] });
});

test.each<readonly [string, unknown, string]>([
  ["nothing", {}, "nothing"],
  ["an empty text", { pgpKey: "" }, "an empty text"],
  ["an armored key", { pgpKey: `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${KEY}` }, "an armored key (not shown)"],
  ["a private key", { pgpKey: PRIVATE }, "a private key (not shown)"],
  ["a newer private key", { pgpKey: NEWER_PRIVATE }, "a private key (not shown)"],
  [
    "an armored private key",
    { pgpKey: `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${PRIVATE}` },
    "a private key (not shown)",
  ],
  ["an SSH key", { pgpKey: `ssh-ed25519 ${"A".repeat(68)}` }, "a text of 80 characters (not shown)"],
  [
    "what begins with no key",
    { pgpKey: "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=" },
    "a text of 36 characters (not shown)",
  ],
  ["a key that today's gpg makes", { pgpKey: CURVE25519 }, "a key of Curve25519"],
  ["base64 that lacks a piece", { pgpKey: KEY.slice(0, -1) }, "a text of 127 characters (not shown)"],
  ["no name at keybase", { pgpKey: "keybase:" }, '"keybase:"'],
  ["a number", { pgpKey: 7 }, "7"],
])("refused: %s", (_what, exportToken, got) => {
  expect(mistakes({ exportToken })).toEqual([`acl.exportToken.pgpKey: ${got}: ${ALLOWED}`]);
});

test("without a key it is said what would be in the state", () => {
  const result = validated({ exportToken: {} });
  expect(result.ok ? [] : result.error.map(({ hint }) => hint)).toEqual([
    "without one the secret would be in the state as it is, for everybody who reads that",
  ]);
});

test("refused where there is no token", () => {
  const exportToken = { pgpKey: KEY };
  expect(mistakes({ exportToken, token: false })).toEqual(["acl.exportToken: a key: nothing where token is false"]);
  expect(mistakes({ exportToken, enabled: false })).toEqual(["acl.exportToken: a key: nothing where enabled is false"]);
  const auth = { existing: "workloads", method: { jwt: { subject: "egress" } } };
  expect(mistakes({ exportToken }, { auth })).toEqual(["acl.exportToken: a key: nothing beside auth"]);
});

test("the warning says whose secret is where, and who can read it", () => {
  const text = exportWarning("egress", KEY);
  expect(text).toMatch(/"egress".*state.*output.*private key.*acl:write.*prefer auth/s);
  expect(text).not.toContain("keybase");
  expect(exportWarning("egress", undefined)).toBe(text);
  expect(exportWarning("egress", "keybase:some")).toContain("asks keybase.io");
});

test("what Terraform judges a late key by lets the same keys pass", () => {
  const late = new RegExp(PGP_KEY_PATTERN);
  const keys = [KEY, NEWER, "keybase:a"];
  const others = [PRIVATE, NEWER_PRIVATE, "", "a b"];
  expect([keys.every(isPgpKey), keys.every((each) => late.test(each))]).toEqual([true, true]);
  expect([others.some(isPgpKey), others.some((each) => late.test(each))]).toEqual([false, false]);
});

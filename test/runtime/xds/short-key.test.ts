// The shortest form of a leaf's key is the same key: Node's own parser compares them.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { shortKey } from "../../../src/runtime/xds/short-key";

const p256 = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const pem = (key: KeyObject, type: "sec1" | "pkcs8"): string => key.export({ type, format: "pem" }) as string;

test.each(["sec1", "pkcs8"] as const)("a P-256 key in %s loses its public part and nothing else", (type) => {
  const key = p256();
  const short = shortKey(pem(key, type));
  expect(short).toHaveLength(130);
  // Without the public part OpenSSL works it out, as Envoy does.
  const read = createPrivateKey(short);
  expect(createPublicKey(read).export({ type: "spki", format: "pem" })).toBe(
    createPublicKey(key).export({ type: "spki", format: "pem" }),
  );
  expect(shortKey(short)).toBe(short);
});

test("any other key, and any other text, stays as it is", () => {
  const others = [
    pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey, "sec1"),
    pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey, "sec1"),
    pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs8"),
    `${pem(p256(), "sec1")}${pem(p256(), "sec1")}`,
    "KEY\n",
    "",
  ];
  for (const text of others) expect(shortKey(text)).toBe(text);
});

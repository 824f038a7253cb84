import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support";
import { clientKey, DAY_MS, makePair, setUp } from "./fixture";

describe("refuses, with a reason that holds no content,", () => {
  it.each<[string, (path: string, pair: { certPem: string; keyPem: string }) => void, string]>([
    ["an empty file", (path) => writeFileSync(path, ""), "DIR/a.pem contains no certificate"],
    [
      "a file that holds a key as well",
      (path, { certPem, keyPem }) => writeFileSync(path, certPem + keyPem),
      "DIR/a.pem holds a private key, which everybody who trusts a CA may not have; remove it",
    ],
    ["a directory", (path) => mkdirSync(path), "DIR/a.pem is not a regular file"],
    ["a pipe", (path) => execFileSync("mkfifo", [path]), "DIR/a.pem is not a regular file"],
    ["a huge file", (path) => writeFileSync(path, "x".repeat(1_048_577)), "DIR/a.pem is larger than 1048576 bytes"],
    [
      "a certificate that is none",
      (path, { certPem }) => writeFileSync(path, certPem.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA")),
      "DIR/a.pem holds a certificate that cannot be parsed",
    ],
    [
      "a certificate that was cut",
      (path, { certPem }) => writeFileSync(path, certPem.slice(0, 300)),
      "DIR/a.pem contains no certificate",
    ],
  ])("%s", async (_name, make, reason) => {
    const { dir, start, see } = setUp((at) => [{ kind: "ca", caFile: join(at, "a.pem") }]);
    make(join(dir, "a.pem"), await makePair());
    start();
    await see(`problem: ${reason}`);
  });

  it.each<[string, (pair: { certPem: string; keyPem: string }) => string, string]>([
    ["no key", () => "", "DIR/k.pem contains no private key"],
    ["two keys", ({ keyPem }) => keyPem + keyPem, "DIR/k.pem contains several private keys"],
    [
      "an encrypted key",
      ({ keyPem }) => keyPem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
      "DIR/k.pem is encrypted; store the key without a passphrase",
    ],
  ])("a client certificate with %s", async (_name, keyText, reason) => {
    const { dir, start, see } = setUp(clientKey);
    const pair = await makePair();
    writeFileSync(join(dir, "c.pem"), pair.certPem);
    writeFileSync(join(dir, "k.pem"), keyText(pair));
    start();
    await see(`problem: ${reason}`);
  });

  it("an expired certificate", async () => {
    const { dir, start, events } = setUp(clientKey);
    const pair = await makePair(Date.now() - 10 * DAY_MS, DAY_MS);
    writeFileSync(join(dir, "c.pem"), pair.certPem);
    writeFileSync(join(dir, "k.pem"), pair.keyPem);
    start();
    await until(
      () => events.length > 0,
      () => events,
    );
    expect(events[0]?.kind).toBe("problem");
  });
});

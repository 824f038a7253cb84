import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../../../../src/runtime/persist";
import { systemClock } from "../../../../src/runtime/ports";
import { openAuthority } from "../../../../src/runtime/source/local/authority";
import { issueClientLeaf, writeClientLeaf } from "../../../../src/runtime/source/local/cert";
import { makeTempDir } from "../support";

const setUp = async () => openAuthority(await openState(makeTempDir()), systemClock);

it("issues a client leaf and writes it, its key and the roots for this user alone", async () => {
  const authority = await setUp();
  await authority.rotateRoot();
  const leaf = await issueClientLeaf({ authority, service: "web", datacenter: "dc1" });
  expect(leaf.uri).toBe(`spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/web`);
  const dir = join(makeTempDir(), "out");
  const files = await writeClientLeaf(dir, leaf);
  expect(files).toEqual({
    cert: join(dir, "web.pem"),
    key: join(dir, "web-key.pem"),
    roots: join(dir, "roots.pem"),
  });
  const cert = new X509Certificate(readFileSync(files.cert));
  expect(cert.subjectAltName).toBe(`URI:${leaf.uri}`);
  expect(cert.checkPrivateKey(createPrivateKey(readFileSync(files.key)))).toBe(true);
  expect(readFileSync(files.roots, "utf8").match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect([dir, ...Object.values(files)].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600, 0o600, 0o600,
  ]);
});

it("names namespace and partition in the identity", async () => {
  const authority = await setUp();
  const place = { datacenter: "dc2", namespace: "money", partition: "north" };
  const leaf = await issueClientLeaf({ authority, service: "web", ...place });
  expect(leaf.uri).toBe(`spiffe://${authority.trustDomain}/ap/north/ns/money/dc/dc2/svc/web`);
});

it.each(["", "../web", "a/b", "web\n", "-web", "w eb", "*", "x".repeat(254)])(
  "refuses the name %j",
  async (service) => {
    const authority = await setUp();
    await expect(issueClientLeaf({ authority, service, datacenter: "dc1" })).rejects.toThrow(
      "is not the name of a mesh service",
    );
  },
);

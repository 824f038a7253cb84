import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import * as x509 from "@peculiar/x509";
import { openState } from "../../../../src/runtime/persist";
import { systemClock } from "../../../../src/runtime/ports";
import { type Authority, openAuthority } from "../../../../src/runtime/source/local/authority";
import { makeFakeClock, makeTempDir } from "../support";

const open = async (dir: string, clock = systemClock): Promise<Authority> => openAuthority(await openState(dir), clock);
const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("hex");

/** `oid` or `oid critical` to the DER of the value. */
function extensionsOf(pem: string): Record<string, string> {
  const all = new x509.X509Certificate(pem).extensions;
  return Object.fromEntries(all.map((each) => [`${each.type}${each.critical ? " critical" : ""}`, hex(each.value)]));
}

describe("root", () => {
  it("has exactly the extensions of a Consul root", async () => {
    const authority = await open(makeTempDir());
    const [pem = ""] = authority.bundle().roots;
    const domain = authority.trustDomain;
    const name = Buffer.from(domain).toString("hex");
    const uri = Buffer.from(`spiffe://${domain}`).toString("hex");
    const { "2.5.29.14": keyId = "", "2.5.29.35": authorityKeyId, ...others } = extensionsOf(pem);
    expect(domain).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\.consul$/);
    // A trust domain has 43 characters: 2b, a SPIFFE id of it 52: 34.
    expect(others).toEqual({
      "2.5.29.19 critical": "30030101ff",
      "2.5.29.15 critical": "03020106",
      "2.5.29.17": `30368634${uri}`,
      "2.5.29.30 critical": `3031a02f302d822b${name}`,
    });
    expect(authorityKeyId).toBe(`30168014${keyId.slice(4)}`);
    expect(new X509Certificate(pem).verify(new X509Certificate(pem).publicKey)).toBe(true);
  });
});

describe("leaf", () => {
  it("has exactly the extensions of a Consul leaf, one URI and no subject", async () => {
    const clock = makeFakeClock(Date.UTC(2030, 0, 1));
    const authority = await open(makeTempDir(), clock);
    const uri = `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/billing`;
    const leaf = await authority.issueLeaf({ uri });
    const [root = ""] = authority.bundle().roots;
    const cert = new X509Certificate(leaf.certPem);
    const {
      "2.5.29.14": keyId,
      "2.5.29.35": authorityKeyId,
      "2.5.29.17 critical": name,
      ...others
    } = extensionsOf(leaf.certPem);
    expect(others).toEqual({
      "2.5.29.15 critical": "030203b8",
      "2.5.29.37": "301406082b0601050507030206082b06010505070301",
      "2.5.29.19 critical": "3000",
    });
    expect(name?.endsWith(Buffer.from(uri).toString("hex"))).toBe(true);
    expect(cert.subjectAltName).toBe(`URI:${uri}`);
    expect(cert.subject).toBeUndefined();
    expect(keyId).toMatch(/^0414[0-9a-f]{40}$/);
    expect(authorityKeyId).toBe(`30168014${extensionsOf(root)["2.5.29.14"]?.slice(4)}`);
    expect(cert.validFrom).toBe("Dec 31 23:59:00 2029 GMT");
    expect(cert.validTo).toBe("Jan  4 00:00:00 2030 GMT");
    expect(leaf.notAfterMs).toBe(Date.UTC(2030, 0, 4));
    expect(cert.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(cert.checkPrivateKey(createPrivateKey(leaf.keyPem))).toBe(true);
    expect(cert.verify(new X509Certificate(root).publicKey)).toBe(true);
  });

  it("serves and calls in a real mutual TLS session under OpenSSL's rules", async () => {
    const authority = await open(makeTempDir());
    const [server, client] = await Promise.all(
      ["billing", "web"].map((name) =>
        authority.issueLeaf({ uri: `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/${name}` }),
      ),
    );
    const ca = authority.bundle().roots.join("");
    const callers: string[] = [];
    const listener = createServer(
      { cert: server?.certPem, key: server?.keyPem, ca, requestCert: true, rejectUnauthorized: true },
      (socket: TLSSocket) => {
        callers.push(socket.getPeerCertificate().subjectaltname ?? "");
        socket.end("hello");
      },
    );
    const path = join(makeTempDir(), "socket");
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    const text = await new Promise<string>((resolve, reject) => {
      const servername = `billing.default.dc1.internal.${authority.trustDomain}`;
      const pair = { cert: client?.certPem, key: client?.keyPem };
      const socket = connect({ path, servername, ca, ...pair, checkServerIdentity: () => undefined });
      let all = "";
      socket.on("data", (chunk: Buffer) => {
        all += chunk.toString();
      });
      socket.on("end", () => resolve(all));
      socket.on("error", reject);
    });
    await new Promise((resolve) => listener.close(resolve));
    expect(text).toBe("hello");
    expect(callers).toEqual([`URI:spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/web`]);
  });

  it("is never longer-lived than the root and is refused outside the root's life", async () => {
    const clock = makeFakeClock(Date.UTC(2030, 0, 1));
    const authority = await open(makeTempDir(), clock);
    clock.jump(3649 * 86_400_000);
    const leaf = await authority.issueLeaf({ uri: "spiffe://x/y" });
    expect(leaf.notAfterMs).toBe(Date.UTC(2030, 0, 1) + 3650 * 86_400_000);
    clock.jump(86_400_000);
    await expect(authority.issueLeaf({ uri: "spiffe://x/y" })).rejects.toThrow("root has expired");
    clock.jump(-4000 * 86_400_000);
    await expect(authority.issueLeaf({ uri: "spiffe://x/y" })).rejects.toThrow("clock was set back");
  });
});

const openssl = (() => {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" });
  } catch {
    return undefined;
  }
})();

// A second opinion where there is one; the extensions are checked byte for byte above.
const withOpenssl = openssl === undefined ? (): void => undefined : describe;
withOpenssl("openssl", () => {
  it("verifies the chain strictly for both purposes", async () => {
    const dir = makeTempDir();
    const authority = await open(join(dir, "state"));
    const leaf = await authority.issueLeaf({ uri: `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/a` });
    writeFileSync(join(dir, "roots.pem"), authority.bundle().roots.join(""));
    writeFileSync(join(dir, "leaf.pem"), leaf.certPem);
    for (const purpose of ["sslserver", "sslclient"]) {
      const args = [
        "verify",
        "-x509_strict",
        "-purpose",
        purpose,
        "-CAfile",
        join(dir, "roots.pem"),
        join(dir, "leaf.pem"),
      ];
      expect(execFileSync("openssl", args, { encoding: "utf8" })).toContain("leaf.pem: OK");
    }
  });
});

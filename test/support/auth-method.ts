// A jwt auth method on a real Consul, and whoever issues bearer tokens for it: the key pair is made here.
import { generateKeyPairSync, sign } from "node:crypto";
import type { ConsulServer } from "./consul-server";

export interface Issuer {
  /** PEM, for JWTValidationPubKeys. */
  readonly publicKey: string;
  /** A JWT of this subject. @param lifeS may lie in the past */
  issue(subject: string, lifeS?: number): string;
}

export const [ISSUER, AUDIENCE] = ["https://issuer.test", "consul"] as const;

export function makeIssuer(): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    issue(sub, lifeS = 3600) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: ISSUER, aud: [AUDIENCE], sub, iat: now - 7200, nbf: now - 7200, exp: now + lifeS };
      const signed = `${text({ alg: "ES256", typ: "JWT" })}.${text(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    },
  };
}

export interface MethodToken {
  readonly AccessorID: string;
  readonly SecretID: string;
  readonly Description: string;
}

/** Tokens live for a minute, the least that Consul allows; the subject "egress" gets a role with these rules. */
export async function makeAuthMethod(consul: ConsulServer, issuer: Issuer, rules: string): Promise<void> {
  await consul.call("PUT", "/v1/acl/auth-method", {
    ...{ Name: "workload", Type: "jwt", MaxTokenTTL: "1m" },
    Config: {
      ...{ JWTValidationPubKeys: [issuer.publicKey], BoundIssuer: ISSUER, BoundAudiences: [AUDIENCE] },
      ClaimMappings: { sub: "subject" },
    },
  });
  await consul.call("PUT", "/v1/acl/policy", { Name: "egress-gateway", Rules: rules });
  await consul.call("PUT", "/v1/acl/role", { Name: "egress-gateway", Policies: [{ Name: "egress-gateway" }] });
  await consul.call("PUT", "/v1/acl/binding-rule", {
    ...{ AuthMethod: "workload", BindType: "role", BindName: "egress-gateway" },
    Selector: 'value.subject == "egress"',
  });
}

/** The tokens that the method has given and that are still there, with their secrets. */
export async function tokensOf(consul: ConsulServer): Promise<readonly MethodToken[]> {
  const list = ((await consul.call("GET", "/v1/acl/tokens?authmethod=workload")) ?? []) as MethodToken[];
  return Promise.all(
    list.map(async ({ AccessorID }) => (await consul.call("GET", `/v1/acl/token/${AccessorID}`)) as MethodToken),
  );
}

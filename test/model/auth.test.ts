// How the gateway process logs in: what each preset makes in Consul, what a manifest tells of it, and every mistake.
import { generateKeyPairSync } from "node:crypto";
import type { AuthProps, AwsIamAuthProps } from "../../src/model/auth-props";
import { goJson } from "../../src/model/canonical-json";
import { decodeManifest, makeManifest } from "../../src/model/manifest";
import { plan } from "../../src/model/plan";
import type { GatewayProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";

const BASE = { name: "egress", datacenter: "dc1" };
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const PRIVATE = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const NAME = "egress-terminating-gateway";
const DESCRIPTION = "Terminating gateway egress";

function modelOf(auth: AuthProps, more: Partial<GatewayProps> = {}) {
  const result = validate<string>({ ...BASE, ...more, auth }, (leaf) => leaf);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
const acl = (auth: AuthProps, more: Partial<GatewayProps> = {}) =>
  plan(modelOf(auth, more)).flatMap((item) => (item.kind.startsWith("acl-") ? [[item.key, item.args] as const] : []));
const made = (auth: AuthProps) => {
  const found = Object.fromEntries(acl(auth)) as Record<string, Record<string, unknown>>;
  return { method: found["auth-method"], rule: found["binding-rule"] };
};
const mistakes = (auth: unknown, more: object = {}): readonly string[] => {
  const result = validate<string>({ ...BASE, ...more, auth }, (leaf) => leaf);
  return result.ok ? [] : result.error.map(({ path, got, allowed }) => `${path}: ${got}: ${allowed}`);
};

test("jwt: a method of its own, and the subject is the gateway; no token", () => {
  const auth: AuthProps = {
    method: { jwt: { subject: "egress", audiences: ["consul"], issuer: "https://i.test", publicKeys: [KEY] } },
  };
  expect(acl(auth).map(([key]) => key)).toEqual(["policy", "role", "auth-method", "binding-rule"]);
  expect(made(auth)).toEqual({
    method: {
      ...{ name: NAME, type: "jwt", description: DESCRIPTION, maxTokenTtl: "1h" },
      config: {
        ...{ BoundAudiences: ["consul"], BoundIssuer: "https://i.test" },
        ...{ ClaimMappings: { sub: "subject" }, JWTValidationPubKeys: [KEY] },
      },
    },
    rule: {
      ...{ authMethod: NAME, description: DESCRIPTION, selector: 'value.subject == "egress"' },
      ...{ bindType: "role", bindName: NAME },
    },
  });
  const url = { subject: "egress", audiences: ["consul"] };
  expect(made({ method: { jwt: { ...url, jwksUrl: "https://i.test/k" } } }).method?.config).toMatchObject({
    JWKSURL: "https://i.test/k",
  });
  expect(made({ method: { jwt: { ...url, discoveryUrl: "https://i.test" } } }).method?.config).toMatchObject({
    OIDCDiscoveryURL: "https://i.test",
  });
});

test("nomad: as Nomad's own workload identities are, by namespace and job", () => {
  const { method, rule } = made({
    method: { nomad: { job: "egress", jwksUrl: "http://nomad:4646/.well-known/jwks.json" } },
  });
  expect(method).toMatchObject({
    type: "jwt",
    config: {
      ...{
        BoundAudiences: ["consul.io"],
        JWKSURL: "http://nomad:4646/.well-known/jwks.json",
        JWTSupportedAlgs: ["RS256"],
      },
      ClaimMappings: { nomad_job_id: "nomad_job_id", nomad_namespace: "nomad_namespace" },
    },
  });
  expect(rule?.selector).toBe('value.nomad_namespace == "default" and value.nomad_job_id == "egress"');
});

test("kubernetes: a binding rule of a method that is there", () => {
  const auth: AuthProps = {
    existing: "k8s-component",
    method: { kubernetes: { namespace: "net", serviceAccount: "egress" } },
  };
  expect(acl(auth).map(([key]) => key)).toEqual(["policy", "role", "binding-rule"]);
  expect(made(auth).rule).toMatchObject({
    authMethod: "k8s-component",
    selector: 'serviceaccount.namespace == "net" and serviceaccount.name == "egress"',
  });
});

test("awsIam: whoever its ARNs let in, and no selector", () => {
  const arn = "arn:aws:iam::123456789012:role/egress";
  const { method, rule } = made({ method: { awsIam: { principalArns: [arn], serverId: "consul.test" } } });
  expect(method).toMatchObject({
    type: "aws-iam",
    config: { BoundIAMPrincipalARNs: [arn], ServerIDHeaderValue: "consul.test" },
  });
  expect(rule).not.toHaveProperty("selector");
});

test("awsIam: what only IAM knows is asked of IAM, and the process signs for it; endpoints are those of Consul's servers", () => {
  const role = (path: string): string => `arn:aws:iam::123456789012:${path}`;
  const config = (awsIam: AwsIamAuthProps) => made({ method: { awsIam } }).method?.config;
  const detailed = { EnableIAMEntityDetails: true };
  expect(config({ principalArns: [role("role/egress"), role("user/team/erin")] })).not.toHaveProperty(
    "EnableIAMEntityDetails",
  );
  for (const path of ["role/prod/egress", "role/*", "user/team/*"]) {
    expect(config({ principalArns: [role("role/egress"), role(path)] })).toMatchObject(detailed);
  }
  expect(config({ principalArns: [role("role/egress")], entityDetails: true })).toMatchObject(detailed);
  const endpoints = { stsEndpoint: "https://sts.internal", iamEndpoint: "https://iam.internal" };
  expect(config({ principalArns: [role("role/egress")], ...endpoints })).toMatchObject({
    ...{ STSEndpoint: "https://sts.internal", IAMEndpoint: "https://iam.internal" },
  });
  const told = makeManifest(
    modelOf({ method: { awsIam: { principalArns: [role("role/prod/*")], serverId: "consul.test", ...endpoints } } }),
  );
  expect((told.gateway as Record<string, unknown>).auth).toEqual({
    existing: NAME,
    method: { awsIam: { serverId: "consul.test", entityDetails: true } },
  });
  expect(decodeManifest(JSON.parse(JSON.stringify(told)))).toMatchObject({ ok: true });
});

test("a selector of the user's wins, and a name has no dots", () => {
  const auth: AuthProps = { existing: "m", selector: 'entity_name == "egress"', method: { awsIam: {} } };
  expect(made(auth).rule?.selector).toBe('entity_name == "egress"');
  const { method } = Object.fromEntries(
    acl({ method: { jwt: { subject: "a", audiences: ["b"], publicKeys: [KEY] } } }, { name: "egress.v1" }).map(
      ([key, args]) => [key === "auth-method" ? "method" : key, args],
    ),
  ) as { method?: { name: string } };
  expect(method?.name).toBe("egress-v1-terminating-gateway");
});

test("a manifest says where and as whom, never how the method is made", () => {
  const manifest = makeManifest(
    modelOf({ method: { jwt: { subject: "egress", audiences: ["consul"], publicKeys: [KEY] } } }),
  );
  expect((manifest.gateway as Record<string, unknown>).auth).toEqual({
    existing: NAME,
    method: { jwt: { subject: "egress" } },
  });
  expect(JSON.stringify(manifest)).not.toContain("PUBLIC KEY");
});

test("exactly one method, complete, and nothing that means nothing", () => {
  expect(mistakes({ method: {} })).toEqual(["auth.method: nothing: exactly one of jwt, kubernetes, nomad, awsIam"]);
  expect(mistakes({ method: { jwt: { subject: "a", audiences: ["b"], publicKeys: [KEY] }, awsIam: {} } })).toEqual([
    "auth.method: jwt and awsIam: exactly one of jwt, kubernetes, nomad, awsIam",
  ]);
  expect(mistakes({ method: { jwt: { subject: "a" } } })).toEqual([
    "auth.method.jwt: nothing: exactly one of publicKeys, jwksUrl and discoveryUrl",
    "auth.method.jwt.audiences: nothing: at least one audience",
  ]);
  expect(
    mistakes({ method: { jwt: { subject: "a", audiences: ["b"], publicKeys: [KEY], jwksUrl: "https://x" } } }),
  ).toEqual(["auth.method.jwt: publicKeys and jwksUrl: exactly one of publicKeys, jwksUrl and discoveryUrl"]);
  expect(mistakes({ method: { kubernetes: { namespace: "a", serviceAccount: "b" } } })).toEqual([
    "auth.existing: nothing: the name of an auth method of type kubernetes",
  ]);
  expect(mistakes({ method: { nomad: { job: "a" } } })).toEqual([
    "auth.method.nomad.jwksUrl: nothing: a URL, or existing",
  ]);
  expect(mistakes({ method: { awsIam: {} } })).toEqual(["auth.method.awsIam.principalArns: nothing: at least one ARN"]);
  expect(mistakes({ existing: "m", maxTokenTtl: "1h", method: { jwt: { subject: "a", audiences: ["b"] } } })).toEqual([
    "auth.maxTokenTtl: a value: nothing beside existing",
    "auth.method.jwt.audiences: a value: nothing beside existing",
  ]);
  expect(mistakes({ existing: "m", method: { awsIam: {} } })).toEqual(["auth.selector: nothing: a value"]);
  const aws = { entityDetails: false, principalArns: ["arn:aws:iam::123456789012:role/*"] };
  expect(mistakes({ method: { awsIam: aws } })).toEqual([
    "auth.method.awsIam.entityDetails: false, and an ARN with a path or a *: true, or nothing",
  ]);
  const elsewhere = { existing: "m", selector: "x", method: { awsIam: { serverId: "a", entityDetails: true } } };
  expect(mistakes(elsewhere)).toEqual([]);
  const idle = { ...elsewhere, method: { awsIam: { stsEndpoint: "https://sts.internal" } } };
  expect(mistakes(idle)).toEqual(["auth.method.awsIam.stsEndpoint: a value: nothing beside existing"]);
});

test("texts that would change the selector, lives that Consul refuses, keys that are private", () => {
  const jwt = { subject: "a", audiences: ["b"], publicKeys: [KEY] };
  expect(mistakes({ method: { jwt: { ...jwt, subject: 'a" or "" == "' } } })[0]).toMatch(
    /^auth\.method\.jwt\.subject: /,
  );
  for (const maxTokenTtl of ["59s", "25h", "1d", "", "1h30m"]) {
    expect(mistakes({ maxTokenTtl, method: { jwt } })[0]).toMatch(/^auth\.maxTokenTtl: /);
  }
  for (const maxTokenTtl of ["60s", "1m", "24h"]) expect(mistakes({ maxTokenTtl, method: { jwt } })).toEqual([]);
  const [issue = ""] = mistakes({ method: { jwt: { ...jwt, publicKeys: [PRIVATE] } } });
  expect(issue).toMatch(/^auth\.method\.jwt\.publicKeys\[0\]: /);
  expect(issue).not.toContain("MII");
  expect(mistakes({ existing: "a.b", method: { jwt: { subject: "a" } } })[0]).toMatch(/^auth\.existing: /);
  expect(mistakes({ method: { jwt: { ...jwt, publicKeys: undefined, jwksUrl: "https://u:p@x" } } })[0]).toMatch(
    /jwksUrl: /,
  );
  expect(mistakes({ method: { awsIam: { principalArns: ["arn:aws:sts::1:x"] } } })[0]).toMatch(/principalArns\[0\]: /);
});

test("beside it no token, and not without a role", () => {
  const auth = { method: { jwt: { subject: "a", audiences: ["b"], publicKeys: [KEY] } } };
  expect(mistakes(auth, { acl: { token: true } })).toEqual(["acl.token: true: false beside auth"]);
  expect(mistakes(auth, { acl: { enabled: false } })).toEqual([
    "auth: an auth method: nothing where acl.enabled is false",
  ]);
});

test("JSON as Go writes it, so that a second plan sees no difference", () => {
  expect(goJson({ b: "a&b<c>", a: [] })).toBe('{"a":[],"b":"a\\u0026b\\u003cc\\u003e"}');
});

test("a late ARN says nothing of entity details; once it is known it must not need them unsaid", () => {
  const judged = (known: string | undefined, entityDetails?: boolean) => {
    const awsIam = { principalArns: ["late"], ...(entityDetails === undefined ? {} : { entityDetails }) };
    const result = validate<string>({ ...BASE, auth: { method: { awsIam } } }, (leaf) =>
      leaf === "late" ? known : leaf,
    );
    return result.ok ? result.value.auth?.method.awsIam : result.error.map(({ path, got }) => `${path}: ${got}`);
  };
  expect(judged(undefined)).toEqual({ principalArns: ["late"] });
  expect(judged("arn:aws:iam::123456789012:role/egress")).toEqual({ principalArns: ["late"] });
  expect(judged("arn:aws:iam::123456789012:role/prod/egress")).toEqual([
    "auth.method.awsIam.entityDetails: nothing, and an ARN with a path or a *",
  ]);
  expect(judged("arn:aws:iam::123456789012:role/prod/egress", true)).toMatchObject({ entityDetails: true });
  expect(judged("a role")).toEqual([expect.stringMatching(/^auth\.method\.awsIam\.principalArns\[0\]: /)]);
});

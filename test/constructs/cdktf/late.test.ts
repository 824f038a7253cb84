// Every prop late: leaves that may be late reach Terraform as references, everything else is refused with its path.

import { Fn, Lazy, type TerraformStack, TerraformVariable, Token } from "cdktf";
import { TerminatingGateway, type TerminatingGatewayProps } from "../../../src/constructs/cdktf";
import { allOf, mistakes, synth } from "./stack";

const SERVICE = {
  name: "billing",
  address: "10.0.0.9",
  port: 443,
  protocol: "http",
  tls: { caFile: "/ca.pem", certFile: "/client.pem", keyFile: "/client-key.pem", sni: "billing.example.com" },
} as const;

/** A gateway with one service, changed by what only the deployment knows. */
function declare(change: (late: string, stack: TerraformStack) => object): (stack: TerraformStack) => void {
  return (stack) => {
    const late = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
    const props = { name: "egress", datacenter: "dc1", services: [SERVICE], ...change(late, stack) };
    new TerminatingGateway(stack, "egress", props as TerminatingGatewayProps);
  };
}

const service = (change: object) => ({ services: [{ ...SERVICE, ...change }] });
const configOf = (kind: string, { resource }: ReturnType<typeof synth>) =>
  allOf(resource, "consul_config_entry").find((each) => each.kind === kind)?.config_json;
const manifestOf = ({ resource }: ReturnType<typeof synth>) =>
  allOf(resource, "terraform_data")[0]?.input as { services: { tls: object; instances: { address: string }[] }[] };

describe("may be late", () => {
  test("address: of the node, of the service and in the manifest; the node is named by its service", () => {
    const out = synth(declare((late) => service({ address: late })));
    const [node] = allOf(out.resource, "consul_node");
    expect(node).toMatchObject({ address: "${var.late}", name: "egress-external-billing-1" });
    expect(allOf(out.resource, "consul_service")[0]).toMatchObject({ address: "${var.late}" });
    expect(manifestOf(out).services[0]?.instances[0]?.address).toBe("${var.late}");
  });

  test("address of one of several instances", () => {
    const instances = (late: string) => [
      { address: late, port: 1 },
      { address: "10.0.0.2", port: 1 },
    ];
    const out = synth(declare((late) => service({ address: undefined, port: undefined, instances: instances(late) })));
    expect(allOf(out.resource, "consul_node").map((each) => each.name)).toEqual([
      "egress-external-10-0-0-2",
      "egress-external-billing-1",
    ]);
  });

  test.each([
    ["caFile", "CAFile"],
    ["certFile", "CertFile"],
    ["keyFile", "KeyFile"],
    ["sni", "SNI"],
  ])("tls.%s: in the config entry as JSON made by Terraform, in the manifest as a reference", (prop, key) => {
    const out = synth(declare((late) => service({ tls: { ...SERVICE.tls, [prop]: late } })));
    expect(configOf("terminating-gateway", out)).toContain(`"${key}":\${jsonencode(var.late)}`);
    expect(manifestOf(out).services[0]?.tls).toMatchObject({ [prop]: "${var.late}" });
  });

  test("part of a text: what is around the reference is quoted for Terraform", () => {
    const caFile = (late: string) => `/etc/"a\\b"/%{c}/${late}/ca.pem`;
    const out = synth(declare((late) => service({ tls: { caFile: caFile(late), sni: "a.example.com" } })));
    expect(configOf("terminating-gateway", out)).toBe(
      String.raw`{"Services":[{"CAFile":${"$"}{jsonencode("/etc/\"a\\b\"/%%{c}/${"$"}{var.late}/ca.pem")},"Name":"billing","SNI":"a.example.com"}]}`,
    );
    expect(manifestOf(out).services[0]?.tls).toMatchObject({ caFile: '/etc/"a\\b"/%%{c}/${var.late}/ca.pem' });
  });

  test("a function's result and a lazy value", () => {
    const out = synth(
      declare((late) =>
        service({ address: Fn.trimspace(late), tls: { caFile: Lazy.stringValue({ produce: () => "/lazy.pem" }) } }),
      ),
    );
    expect(allOf(out.resource, "consul_node")[0]).toMatchObject({ address: "${trimspace(var.late)}" });
    expect(configOf("terminating-gateway", out)).toContain('"CAFile":"/lazy.pem"');
  });
});

const number = (late: string) => Token.asNumber(late);
const intention = (late: object) => service({ intentions: [{ source: "web", ...late }] });

test.each<[string, (late: string) => object]>([
  ["name", (late) => ({ name: late })],
  ["datacenter", (late) => ({ datacenter: late })],
  ["namespace", (late) => ({ namespace: late })],
  ["partition", (late) => ({ partition: `p-${late}` })],
  ["bind.address", (late) => ({ bind: { address: late } })],
  ["bind.port", (late) => ({ bind: { port: number(late) } })],
  ["bind", (late) => ({ bind: Token.asAny(late) })],
  ["defaultIntention", (late) => ({ defaultIntention: late })],
  ["acl.enabled", (late) => ({ acl: { enabled: Token.asAny(late) } })],
  ["acl.token", (late) => ({ acl: { token: Token.asAny(late) } })],
  ["meta.team", (late) => ({ meta: { team: late } })],
  ["services", (late) => ({ services: Token.asAny(late) })],
  ["services[0]", (late) => ({ services: [Token.asAny(late)] })],
  ["services[0]", (late) => ({ services: Token.asList(late) })],
  ["services[0].name", (late) => service({ name: late })],
  ["services[0].namespace", (late) => service({ namespace: late })],
  ["services[0].port", (late) => service({ port: number(late) })],
  ["services[0].instances", (late) => ({ services: [{ name: "a", plaintext: true, instances: Token.asAny(late) }] })],
  ["services[0].protocol", (late) => service({ protocol: late })],
  ["services[0].tls", (late) => service({ tls: Token.asAny(late) })],
  ["services[0].tls.insecureSkipVerify", (late) => service({ tls: { insecureSkipVerify: Token.asAny(late) } })],
  ["services[0].plaintext", (late) => service({ plaintext: Token.asAny(late) })],
  ["services[0].disableAutoHostRewrite", (late) => service({ disableAutoHostRewrite: Token.asAny(late) })],
  ["services[0].allowFrom[0]", (late) => service({ allowFrom: [late] })],
  ["services[0].allowFrom[0]", (late) => service({ allowFrom: Token.asList(late) })],
  ["services[0].intentions[0].source", (late) => intention({ source: late })],
  ["services[0].intentions[0].action", (late) => intention({ action: late })],
  ["services[0].intentions[0].description", (late) => intention({ description: late })],
  ["services[0].intentions[0].permissions", (late) => intention({ permissions: Token.asAny(late) })],
  ["services[0].limits.maxConnections", (late) => service({ limits: { maxConnections: number(late) } })],
  ["services[0].timeouts.connectMs", (late) => service({ timeouts: { connectMs: number(late) } })],
  ["services[0].timeouts.requestMs", (late) => service({ timeouts: { requestMs: number(late) } })],
  ["services[0].timeouts.idleMs", (late) => service({ timeouts: { idleMs: number(late) } })],
  ["services[0].onRevoke", (late) => service({ onRevoke: late })],
  ["services[0].meta.tier", (late) => service({ meta: { tier: late } })],
  ["services[0].tags[0]", (late) => service({ tags: [late] })],
])("%s must be known: refused with its path", (path, change) => {
  const lines = mistakes((stack) => declare(change)(stack as TerraformStack));
  expect(lines.filter((line) => line.startsWith(`[s/egress] ${path}: `))).toHaveLength(1);
});

describe("auth", () => {
  const methodOf = ({ resource }: ReturnType<typeof synth>) => allOf(resource, "consul_acl_auth_method")[0];
  const jwt = (change: object) => ({ auth: { method: { jwt: { subject: "s", audiences: ["a"], ...change } } } });
  const nomad = (change: object) => ({ auth: { method: { nomad: { job: "j", jwksUrl: "https://n/k", ...change } } } });
  const awsIam = (change: object) => ({ auth: { method: { awsIam: { principalArns: [ARN], ...change } } } });
  const ARN = "arn:aws:iam::123456789012:role/egress";
  const LATE = "${jsonencode(var.late)}";

  test.each<[string, (late: string) => object, string]>([
    ["jwt.jwksUrl", (jwksUrl) => jwt({ jwksUrl }), `"JWKSURL":${LATE}`],
    ["jwt.discoveryUrl", (discoveryUrl) => jwt({ discoveryUrl }), `"OIDCDiscoveryURL":${LATE}`],
    ["jwt.issuer", (issuer) => jwt({ issuer, jwksUrl: "https://i/k" }), `"BoundIssuer":${LATE}`],
    ["jwt.publicKeys", (key) => jwt({ publicKeys: [key] }), `"JWTValidationPubKeys":[${LATE}]`],
    ["jwt.audiences", (each) => jwt({ audiences: [each, "b"], jwksUrl: "https://i/k" }), `[${LATE},"b"]`],
    ["nomad.jwksUrl", (jwksUrl) => nomad({ jwksUrl }), `"JWKSURL":${LATE}`],
    ["nomad.audiences", (each) => nomad({ audiences: [each] }), `"BoundAudiences":[${LATE}]`],
    ["awsIam.principalArns", (arn) => awsIam({ principalArns: [arn] }), `"BoundIAMPrincipalARNs":[${LATE}]`],
    ["awsIam.stsEndpoint", (stsEndpoint) => awsIam({ stsEndpoint }), `"STSEndpoint":${LATE}`],
    ["awsIam.iamEndpoint", (iamEndpoint) => awsIam({ iamEndpoint }), `"IAMEndpoint":${LATE}`],
  ])("%s: in the method as JSON made by Terraform, in no manifest, which synth still writes", (_prop, props, json) => {
    let known: string | undefined;
    const out = synth((stack) => {
      const late = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
      const all = { name: "egress", datacenter: "dc1", ...props(late) } as TerminatingGatewayProps;
      const gateway = new TerminatingGateway(stack, "egress", all);
      known = gateway.knownManifest;
    });
    expect(methodOf(out)?.config_json).toContain(json);
    expect(JSON.stringify(manifestOf(out))).not.toContain("var.late");
    expect(known).toContain('"existing": "egress-terminating-gateway"');
  });

  test.each<[string, (late: string) => object]>([
    ["auth.method.jwt.subject", (subject) => jwt({ subject, jwksUrl: "https://i/k" })],
    ["auth.method.nomad.job", (job) => nomad({ job })],
    ["auth.method.nomad.namespace", (namespace) => nomad({ namespace })],
    ["auth.method.awsIam.serverId", (serverId) => awsIam({ serverId })],
    ["auth.existing", (existing) => ({ auth: { existing, method: { jwt: { subject: "s" } } } })],
    ["auth.selector", (selector) => ({ auth: { ...awsIam({}).auth, selector } })],
    ["auth.maxTokenTtl", (maxTokenTtl) => ({ auth: { ...awsIam({}).auth, maxTokenTtl } })],
  ])("%s is told to be known, by its path", (path, props) => {
    const [line = "", ...more] = mistakes((scope) => declare(props)(scope as TerraformStack));
    expect(line).toContain(`${path}: got an unresolved CDKTF token`);
    expect(line).toContain("only addresses, SNI, file paths and what only an auth method holds may be known late");
    expect(more).toEqual([]);
  });
});

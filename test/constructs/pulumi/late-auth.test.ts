// What only an auth method holds may be late: it reaches the method and no manifest; wrong and secret values fail with their
// path; who the gateway is must be known when the program runs.

import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway, type TerminatingGatewayArgs } from "../../../src/constructs/pulumi";
import { type Run, runProgram, Unborn } from "./program";
import { known } from "./values";

const GATEWAY = { name: "egress", datacenter: "dc1" };

const deploy = (preview: boolean, argsOf: () => object): Promise<Run<TerminatingGateway>> =>
  runProgram(preview, () => new TerminatingGateway("egress", argsOf() as TerminatingGatewayArgs));

const WAYS: readonly (readonly [string, (text: string) => pulumi.Input<string>])[] = [
  ["an Output", (text) => pulumi.output(text)],
  ["a Promise", async (text) => text],
  ["an Output of a resource", (text) => new Unborn("other", text).value],
];

const ARN = "arn:aws:iam::123456789012:role/egress";
const KEY = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
const auth = (method: object) => ({ ...GATEWAY, auth: { method } });
const jwt = (change: object) => auth({ jwt: { subject: "s", audiences: ["a"], ...change } });
const CASES: readonly (readonly [string, string, string, (leaf: unknown) => object, object])[] = [
  ["jwt.jwksUrl", "https://i/k", "ftp://i", (jwksUrl) => jwt({ jwksUrl }), { JWKSURL: "https://i/k" }],
  ["jwt.publicKeys[0]", KEY, "a key", (key) => jwt({ publicKeys: [key] }), { JWTValidationPubKeys: [KEY] }],
  [
    ...(["nomad.jwksUrl", "http://n/k?a=1&b=2", "n"] as const),
    (jwksUrl) => auth({ nomad: { job: "j", jwksUrl } }),
    { JWKSURL: "http://n/k?a=1&b=2" },
  ],
  [
    ...(["awsIam.principalArns[0]", ARN, "egress"] as const),
    (arn) => auth({ awsIam: { principalArns: [arn] } }),
    { BoundIAMPrincipalARNs: [ARN] },
  ],
];
const configOf = (run: Run<unknown>): unknown =>
  run.resources.find(({ name }) => name === "egress-auth-method")?.inputs.configJson;

describe.each(CASES)("%s", (path, text, wrong, args, config) => {
  test.each(WAYS)("%s reaches the method, in Go's own words, and no manifest", async (_way, late) => {
    const plain = await deploy(false, () => args(text));
    const run = await deploy(false, () => args(late(text)));
    expect(run.failures).toEqual([]);
    expect(JSON.parse(`${configOf(run)}`)).toMatchObject(config);
    expect(configOf(run)).toBe(configOf(plain));
    expect(await known(run.result?.manifest)).toBe(await known(plain.result?.manifest));
  });

  test("wrong or secret fails with its path, and the value is not shown", async () => {
    const bad = await deploy(false, () => args(pulumi.output(wrong)));
    expect(bad.failures.join()).toContain(`auth.method.${path}: got`);
    const secret = await deploy(false, () => args(pulumi.secret(text)));
    expect(secret.failures.join()).toContain(`auth.method.${path}: got a secret (not shown)`);
  });

  test("unknown in a preview it is the method's alone: the manifest is known", async () => {
    const run = await deploy(true, () => args(new Unborn("other", text).value));
    expect(run.failures).toEqual([]);
    expect(pulumi.containsUnknowns(configOf(run))).toBe(true);
    expect(await known(run.result?.manifest)).toContain("egress-terminating-gateway");
  });
});

test("an ARN with a path that is known late needs a word", async () => {
  const path = "arn:aws:iam::123456789012:role/prod/egress";
  const args = (more: object) => auth({ awsIam: { principalArns: [pulumi.output(path)], ...more } });
  expect((await deploy(false, () => args({}))).failures.join()).toContain(
    "auth.method.awsIam.entityDetails: got nothing",
  );
  const run = await deploy(false, () => args({ entityDetails: true }));
  expect(JSON.parse(`${configOf(run)}`)).toEqual({ BoundIAMPrincipalARNs: [path], EnableIAMEntityDetails: true });
});

test("who the gateway is must be known when the program runs", async () => {
  const run = await deploy(false, () => auth({ nomad: { job: pulumi.output("j"), jwksUrl: "https://n/k" } }));
  expect(run.failures.join()).toMatch(
    /auth\.method\.nomad\.job: got a value that is known only at deployment.*only an auth method holds may be known late/,
  );
});

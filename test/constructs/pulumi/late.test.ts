// Every prop late: leaves that may be late are plain, an Output, a Promise, or unknown in a preview, and reach what they feed;
// wrong and secret ones fail with their path; everything else must be known when the program runs.

import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway, type TerminatingGatewayArgs } from "../../../src/constructs/pulumi";
import { type Registered, type Run, runProgram, Unborn } from "./program";
import { isKnown, known } from "./values";

type Late = (text: string) => pulumi.Input<string>;

const SERVICE = {
  name: "billing",
  address: "10.0.0.9",
  port: 443,
  protocol: "http",
  tls: { caFile: "/ca.pem", certFile: "/client.pem", keyFile: "/client-key.pem", sni: "billing.example.com" },
} as const;
const GATEWAY = { name: "egress", datacenter: "dc1", services: [SERVICE] };
const INSTANCES = [
  { address: "10.0.0.9", port: 1 },
  { address: "10.0.0.2", port: 1 },
] as const;

const service = (change: object) => ({ ...GATEWAY, services: [{ ...SERVICE, ...change }] });
const tls = (change: object) => service({ tls: { ...SERVICE.tls, ...change } });
const instances = (address: unknown) =>
  service({ address: undefined, port: undefined, instances: [{ address, port: 1 }, INSTANCES[1]] });

const deploy = (preview: boolean, argsOf: () => object): Promise<Run<TerminatingGateway>> =>
  runProgram(preview, () => new TerminatingGateway("egress", argsOf() as TerminatingGatewayArgs));

const inputsOf = ({ resources }: Run<unknown>, name: string): Registered["inputs"] =>
  resources.find((each) => each.name === name)?.inputs ?? {};

const linkOf = (run: Run<unknown>): unknown => JSON.parse(`${inputsOf(run, "egress-gateway").configJson}`).Services[0];

async function manifestOf({ result }: Run<TerminatingGateway>) {
  return JSON.parse(await known(result?.manifest)).services[0];
}

/** Where each leaf that may be late is written, a right and a wrong text, and the path that an error names. */
const LEAVES: readonly {
  readonly prop: string;
  readonly text: string;
  readonly wrong: string;
  readonly path: string;
  readonly args: (leaf: unknown) => object;
}[] = [
  {
    prop: "address",
    text: "10.0.0.9",
    wrong: "10.0.0.9:443",
    path: "address",
    args: (address) => service({ address }),
  },
  { prop: "instances", text: "10.0.0.9", wrong: "a b", path: "instances[0].address", args: instances },
  {
    prop: "caFile",
    text: "/ca.pem",
    wrong: "-----BEGIN CERTIFICATE",
    path: "tls.caFile",
    args: (caFile) => tls({ caFile }),
  },
  { prop: "certFile", text: "/client.pem", wrong: "", path: "tls.certFile", args: (certFile) => tls({ certFile }) },
  { prop: "keyFile", text: "/client-key.pem", wrong: "a\nb", path: "tls.keyFile", args: (keyFile) => tls({ keyFile }) },
  { prop: "sni", text: "billing.example.com", wrong: "https://x", path: "tls.sni", args: (sni) => tls({ sni }) },
];

const WAYS: readonly (readonly [string, Late])[] = [
  ["plain", (text) => text],
  ["an Output", (text) => pulumi.output(text)],
  ["a Promise", async (text) => text],
  ["an Output of a resource", (text) => new Unborn("other", text).value],
];

describe.each(LEAVES)("$prop", ({ prop, text, wrong, path, args }) => {
  test.each(WAYS)("%s reaches Consul and the manifest", async (_way, late) => {
    const run = await deploy(false, () => args(late(text)));
    expect(run.failures).toEqual([]);
    expect(linkOf(run)).toEqual({
      Name: "billing",
      CAFile: "/ca.pem",
      CertFile: "/client.pem",
      KeyFile: "/client-key.pem",
      SNI: "billing.example.com",
    });
    expect(inputsOf(run, "egress-service-billing")).toMatchObject({ address: "10.0.0.9", serviceId: "billing" });
    const manifest = await manifestOf(run);
    expect(manifest.instances[0].address).toBe("10.0.0.9");
    expect(manifest.tls).toEqual({ ...SERVICE.tls, insecureSkipVerify: false });
  });

  test("unknown in a preview: only what it feeds is unknown", async () => {
    const run = await deploy(true, () => args(new Unborn("other", text).value));
    expect(run.failures).toEqual([]);
    expect(await isKnown(run.result?.manifest)).toBe(false);
    const unknown = run.resources.flatMap(({ name, inputs }) =>
      Object.keys(inputs).flatMap((key) => (pulumi.containsUnknowns(inputs[key]) ? [`${name}.${key}`] : [])),
    );
    const fed = ["egress-node-egress-external-billing-1.address", "egress-service-billing.address"];
    expect(unknown).toEqual(["address", "instances"].includes(prop) ? fed : ["egress-gateway.configJson"]);
  });

  test("known, a preview shows all of it", async () => {
    const run = await deploy(true, () => args(pulumi.output(text)));
    expect(linkOf(run)).toMatchObject({ CAFile: "/ca.pem", SNI: "billing.example.com" });
    expect((await manifestOf(run)).instances[0].address).toBe("10.0.0.9");
  });

  test.each([true, false])("wrong, it fails with its path, preview %s", async (preview) => {
    const { failures, resources } = await deploy(preview, () => args(pulumi.output(wrong)));
    expect(failures.join("\n")).toContain(
      `service "billing" of TerminatingGateway "egress" cannot be deployed:\n  ${path}: `,
    );
    expect(resources.map(({ name }) => name)).not.toContain("egress-gateway");
  });

  test.each([true, false])("secret, it is refused and not shown, preview %s", async (preview) => {
    const { failures, resources } = await deploy(preview, () => args(pulumi.secret(text)));
    expect(failures.join("\n")).toContain(`  ${path}: got a secret (not shown)`);
    expect(failures.join("\n")).not.toContain(text);
    expect(JSON.stringify(resources)).not.toContain("4dabf18193072939515e22adb298388d");
  });

  test("without text, it fails with its path", async () => {
    const { failures } = await deploy(false, () => args(pulumi.output(undefined)));
    expect(failures.join("\n")).toContain(`  ${path}: got an Output that holds no text`);
  });

  test("an Output in a template string is refused at once", async () => {
    const { failures, resources } = await deploy(false, () => args(`${pulumi.output(text)}`));
    expect(failures.join("\n")).toContain(`  services[0].${path}: got `);
    expect(resources).toEqual([]);
  });
});

test("secret and unknown in a preview: refused then already", async () => {
  const { failures } = await deploy(true, () =>
    service({ address: pulumi.secret(new Unborn("other", "10.0.0.9").value) }),
  );
  expect(failures.join("\n")).toContain("address: got a secret (not shown)");
});

describe("acl.exportToken.pgpKey", () => {
  const KEY = `mQENB${"A".repeat(123)}`;
  // Without an engine Pulumi's log is the console.
  beforeEach(() => {
    for (const each of ["warn", "error"] as const) jest.spyOn(console, each).mockImplementation();
  });
  afterEach(() => jest.restoreAllMocks());

  const exported = (pgpKey: unknown) => ({ ...GATEWAY, acl: { exportToken: { pgpKey } } });

  test.each(WAYS)("%s is what the secret is encrypted to", async (_way, late) => {
    const run = await deploy(false, () => exported(late(KEY)));
    expect(run.failures).toEqual([]);
    expect(run.resources.find(({ name }) => name === "egress-token-secret")).toMatchObject({
      type: "pulumi:index:Stash",
      dependsOn: ["egress-token"],
      parent: "egress",
    });
  });

  test.each(["", "a key", "-----BEGIN PGP PUBLIC KEY BLOCK-----"])("%j, late, exports nothing", async (wrong) => {
    const { failures, resources } = await deploy(false, () => exported(pulumi.output(wrong)));
    expect(failures.join("\n")).toContain(
      'TerminatingGateway "egress" cannot be deployed:\n  acl.exportToken.pgpKey: ',
    );
    expect(resources.map(({ name }) => name)).not.toContain("egress-token-secret");
  });

  test("secret, it is refused", async () => {
    const { failures } = await deploy(false, () => exported(pulumi.secret(KEY)));
    expect(failures.join("\n")).toContain("acl.exportToken.pgpKey: got a secret (not shown)");
  });
});

test("the manifest is never secret", async () => {
  const { result } = await deploy(false, () => service({ address: pulumi.output("10.0.0.9") }));
  expect(await pulumi.isSecret(result?.manifest as pulumi.Output<string>)).toBe(false);
});

test("two late values at odds with each other fail with the manifest", async () => {
  const { failures } = await deploy(false, () =>
    service({
      address: undefined,
      port: undefined,
      instances: [
        { address: pulumi.output("10.0.0.9"), port: 1 },
        { address: pulumi.output("billing.example.com"), port: 1 },
      ],
    }),
  );
  expect(failures.join("\n")).toContain(
    'the manifest of TerminatingGateway "egress" cannot be deployed:\n  services[0].instances[1].address: got a hostname',
  );
});

const late = (): unknown => pulumi.output("late");
const intention = (change: object) => service({ intentions: [{ source: "web", ...change }] });

test.each<readonly [string, () => object]>([
  ["name", () => ({ ...GATEWAY, name: late() })],
  ["datacenter", () => ({ ...GATEWAY, datacenter: late() })],
  ["namespace", () => ({ ...GATEWAY, namespace: late() })],
  ["partition", () => ({ ...GATEWAY, partition: late() })],
  ["bind", () => ({ ...GATEWAY, bind: late() })],
  ["bind.address", () => ({ ...GATEWAY, bind: { address: late() } })],
  ["bind.port", () => ({ ...GATEWAY, bind: { port: late() } })],
  ["defaultIntention", () => ({ ...GATEWAY, defaultIntention: late() })],
  ["acl.enabled", () => ({ ...GATEWAY, acl: { enabled: late() } })],
  ["acl.token", () => ({ ...GATEWAY, acl: { token: late() } })],
  ["meta.team", () => ({ ...GATEWAY, meta: { team: late() } })],
  ["services", () => ({ ...GATEWAY, services: late() })],
  ["services[0]", () => ({ ...GATEWAY, services: [late()] })],
  ["services[0].name", () => service({ name: late() })],
  ["services[0].namespace", () => service({ namespace: late() })],
  ["services[0].port", () => service({ port: late() })],
  ["services[0].instances", () => service({ address: undefined, port: undefined, instances: late() })],
  ["services[0].protocol", () => service({ protocol: late() })],
  ["services[0].tls", () => service({ tls: late() })],
  ["services[0].tls.insecureSkipVerify", () => service({ tls: { insecureSkipVerify: late() } })],
  ["services[0].plaintext", () => service({ plaintext: late() })],
  ["services[0].disableAutoHostRewrite", () => service({ disableAutoHostRewrite: late() })],
  ["services[0].allowFrom", () => service({ allowFrom: late() })],
  ["services[0].allowFrom[0]", () => service({ allowFrom: [late()] })],
  ["services[0].intentions[0].source", () => intention({ source: late() })],
  ["services[0].intentions[0].action", () => intention({ action: late() })],
  ["services[0].intentions[0].description", () => intention({ description: late() })],
  ["services[0].intentions[0].permissions", () => intention({ permissions: late() })],
  ["services[0].limits.maxConnections", () => service({ limits: { maxConnections: late() } })],
  ["services[0].timeouts.connectMs", () => service({ timeouts: { connectMs: late() } })],
  ["services[0].timeouts.requestMs", () => service({ timeouts: { requestMs: late() } })],
  ["services[0].timeouts.idleMs", () => service({ timeouts: { idleMs: late() } })],
  ["services[0].onRevoke", () => service({ onRevoke: late() })],
  ["services[0].meta.tier", () => service({ meta: { tier: late() } })],
  ["services[0].tags[0]", () => service({ tags: [late()] })],
])("%s must be known: refused with its path", async (path, argsOf) => {
  const { failures, resources } = await deploy(true, argsOf);
  expect(
    failures
      .join("\n")
      .split("\n")
      .filter((line) => line.startsWith(`  ${path}: got `)),
  ).toHaveLength(1);
  expect(resources).toEqual([]);
});

describe('a manifest of delivery "kv"', () => {
  const keyed = (sni: unknown, tag = "") => ({
    ...service({ tls: { ...SERVICE.tls, sni }, tags: [tag] }),
    delivery: "kv",
  });
  const keyValue = (run: Run<unknown>): unknown =>
    (inputsOf(run, "egress-manifest-key").keys as { value: unknown }[])[0]?.value;

  test("has the late value, and in a preview it is as unknown as that", async () => {
    const declare = () => keyed(new Unborn("dns", "billing.example.com").value);
    const value = `${keyValue(await deploy(false, declare))}`;
    expect(JSON.parse(value).services[0].tls.sni).toBe("billing.example.com");
    expect(value).not.toContain("\n");
    const preview = keyValue(await deploy(true, declare));
    expect(`${preview}`).not.toContain("billing.example.com");
  });

  test("that is too large with it fails with the size and what to do", async () => {
    const frame = `${keyValue(await deploy(false, () => keyed("a")))}`.length;
    const tag = "x".repeat(524_288 - frame);
    expect((await deploy(false, () => keyed(pulumi.output("a"), tag))).failures).toEqual([]);
    const { failures } = await deploy(false, () => keyed(pulumi.output("ab"), tag));
    expect(failures).toEqual([
      expect.stringMatching(
        /services: got a manifest of 524289 bytes with 1 services.*at most 524288.*delivery: "file"/s,
      ),
    ]);
  });
});

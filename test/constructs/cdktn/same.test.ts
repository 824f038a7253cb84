// What is composed, late, started or given another provider: CDKTN leaves the same files as CDKTF, byte for byte.

import { CDKTF, CDKTN, type Declare, hclOf, resourcesOf, synthFiles } from "./sides";

const GATEWAY = { name: "egress", datacenter: "dc1" };
const TLS = { caFile: "/ca.pem", certFile: "/client.pem", keyFile: "/client-key.pem", sni: "billing.example.com" };

const composed: Declare = (stack, { entry }) => {
  const node = new entry.ExternalNode(stack, "host", { address: "10.0.0.9", meta: { rack: "r1" } });
  const billing = new entry.ExternalService(stack, "billing", { name: "billing", node, port: 443, protocol: "http" });
  const legacy = entry.ExternalService.fromServiceAttributes(stack, "legacy", {
    name: "legacy",
    instances: [{ address: "10.0.0.40", port: 80, node: "legacy-host", weight: 3 }],
    plaintext: true,
  });
  new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, outputName: "egress_manifest" })
    .link(billing, TLS)
    .link(legacy);
  billing
    .allowFrom("web")
    .allowFrom("batch", { permissions: [{ action: "allow", pathPrefix: "/v1", methods: ["get"] }] });
};

const late: Declare = (stack, { entry, lib }) => {
  const address = new lib.TerraformVariable(stack, "late", { type: "string" }).stringValue;
  const services = [
    {
      name: "a",
      instances: [{ address, port: 443, id: "a", node: "a-host" }],
      tls: { caFile: `/certs/%{x}/"${address}".pem` },
    },
  ];
  new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, services });
};

const lateByKv: Declare = (stack, { entry, lib }) => {
  const address = new lib.TerraformVariable(stack, "late", { type: "string" }).stringValue;
  const services = [{ name: "a", instances: [{ address, port: 443, id: "a", node: "a-host" }], plaintext: true }];
  new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, namespace: "n", delivery: "kv", services });
};

const PGP_KEY = `mQENB${"A".repeat(123)}`;

const exported =
  (isLate: boolean): Declare =>
  (stack, { entry, lib }) => {
    const late = new lib.TerraformVariable(stack, "late", { type: "string" }).stringValue;
    const acl = { exportToken: { pgpKey: isLate ? late : PGP_KEY } };
    const { encryptedTokenSecret } = new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, acl });
    new lib.TerraformOutput(stack, "secret", { value: encryptedTokenSecret });
  };

const started =
  (launcher: "localExec" | "systemd" | "ssh" | "cloudInit"): Declare =>
  (stack, { entry, lib }) => {
    const gateway = new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, bind: { port: 443 } });
    const { GatewayLauncher } = entry;
    const launchers = {
      localExec: GatewayLauncher.localExec({ directory: "/var/lib/egress" }),
      systemd: GatewayLauncher.systemd(),
      ssh: GatewayLauncher.ssh({ host: "gw.example.com", login: "admin" }),
      cloudInit: GatewayLauncher.cloudInit({ gzip: true }),
    };
    const { userData } = new entry.GatewayProcess(stack, "run", { gateway, launcher: launchers[launcher] });
    if (userData !== undefined) new lib.TerraformOutput(stack, "user-data", { value: userData });
  };

const elsewhere: Declare = (stack, { entry, ConsulProvider }) => {
  const provider = new ConsulProvider(stack, "west", {
    address: "consul.west.example.com:8501",
    alias: "west",
    authJwt: { authMethod: "jwt", meta: { pod: "egress" }, useTerraformCloudWorkloadIdentity: true },
    caFile: "/ca.pem",
    header: [{ name: "x-team", value: "net" }],
    insecureHttps: false,
    scheme: "https",
  });
  const services = [{ name: "a", address: "10.0.0.9", port: 1, plaintext: true, tags: ["x"], meta: { value: "y" } }];
  new entry.TerminatingGateway(stack, "egress", { ...GATEWAY, services, provider });
};

const declarations: readonly (readonly [string, Declare, readonly string[]])[] = [
  ["composed", composed, ["cdk.tf.json", "egress.manifest.json"]],
  ["late", late, ["cdk.tf.json"]],
  ["late, by KV", lateByKv, ["cdk.tf.json"]],
  ["localExec", started("localExec"), ["cdk.tf.json", "egress.manifest.json"]],
  ["ssh", started("ssh"), ["cdk.tf.json", "egress.manifest.json"]],
  ["cloudInit", started("cloudInit"), ["cdk.tf.json", "egress.manifest.json"]],
  ["systemd", started("systemd"), ["cdk.tf.json", "consul-tgw-egress.service", "egress.env", "egress.manifest.json"]],
  ["an exported token", exported(false), ["cdk.tf.json", "egress.manifest.json"]],
  ["an exported token, to a late key", exported(true), ["cdk.tf.json", "egress.manifest.json"]],
  ["another provider", elsewhere, ["cdk.tf.json", "egress.manifest.json"]],
];

test.each(declarations)("%s", (_name, declare, names) => {
  const files = synthFiles(CDKTN, declare);
  expect(Object.keys(files).sort()).toEqual(names);
  expect(files).toEqual(synthFiles(CDKTF, declare));
});

test.each(declarations)("%s, as HCL", (_name, declare) => {
  expect(hclOf(CDKTN, declare)).toBe(hclOf(CDKTF, declare));
});

test("a process waits for the manifest and is started by its own provisioner", () => {
  const { terraform_data: data = {} } = resourcesOf(CDKTN, started("localExec"));
  const [[, process] = []] = Object.entries(data).filter(([id]) => id.startsWith("run_"));
  const [manifest] = Object.keys(data).filter((id) => id.startsWith("egress_"));
  expect(process?.depends_on).toEqual([`terraform_data.${manifest}`]);
  expect(process?.provisioner).toHaveLength(2);
});

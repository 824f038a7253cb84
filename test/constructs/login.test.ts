// One declaration with `auth`: what the launchers of every engine start logs in by it, in the words of `consul-tgw render`.

import { GatewayProcess, type LauncherArgs, TerminatingGateway } from "../../src/constructs/pulumi";
import type { ConsulOptions } from "../../src/launch/consul-options";
import { renderLaunch } from "../../src/launch/render-launch";
import type { AuthProps } from "../../src/model/auth-props";
import { canonicalJson, makeManifest } from "../../src/model/manifest";
import { validate } from "../../src/model/validate";
import { CDKTF, CDKTN, type Side, synthFiles } from "./cdktn/sides";
import { runProgram } from "./pulumi/program";
import { known } from "./pulumi/values";

type Kind = "systemd" | "cloudInit" | "ssh" | "localExec";
type Options = { readonly consul: ConsulOptions } & Readonly<Record<string, unknown>>;

const CONSUL: ConsulOptions = { consulAddr: ["https://c1:8501"], address: "10.0.0.5" };
const propsOf = (auth: AuthProps) => ({ name: "egress", datacenter: "dc1", bind: { address: "10.0.0.5" }, auth });
const PLACE: Readonly<Record<Kind, object>> = {
  systemd: {},
  cloudInit: {},
  ssh: { host: "gw.example.com" },
  localExec: { directory: "/var/lib/egress" },
};

/** Every text that a launcher leaves, as it is read by whoever runs it; or the mistakes. */
async function byHcl(side: Side, kind: Kind, auth: AuthProps, options: Options): Promise<readonly string[]> {
  const files = synthFiles(side, (stack, { entry, lib }) => {
    const launcher = entry.GatewayLauncher[kind]({ ...PLACE[kind], ...options } as never);
    const gateway = new entry.TerminatingGateway(stack, "egress", propsOf(auth));
    const { userData } = new entry.GatewayProcess(stack, "run", { gateway, launcher });
    if (userData !== undefined) new lib.TerraformOutput(stack, "user-data", { value: userData });
  });
  return [...Object.values(files), ...textsIn(JSON.parse(files["cdk.tf.json"] ?? ""))];
}
async function byPulumi(kind: Kind, auth: AuthProps, options: Options): Promise<readonly string[]> {
  const { result, failures } = await runProgram(false, () => {
    const gateway = new TerminatingGateway("egress", propsOf(auth));
    const launcher = { kind, [kind]: { ...PLACE[kind], ...options } } as unknown as LauncherArgs;
    return new GatewayProcess("run", { gateway, launcher });
  });
  if (failures.length > 0) throw new Error(failures.join("\n"));
  const { files = [], command, userData } = result ?? {};
  const texts = [command?.create, userData].map(async (each) => (typeof each === "object" ? known(each) : each));
  return [...files.map(({ text }) => text), ...(await Promise.all(texts)).map(String)];
}
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const ENGINES = [
  ["CDKTF", (...all: Parameters<typeof byPulumi>) => byHcl(CDKTF, ...all)],
  ["CDKTN", (...all: Parameters<typeof byPulumi>) => byHcl(CDKTN, ...all)],
  ["Pulumi", byPulumi],
] as const;

const JWT: AuthProps = { existing: "workloads", method: { jwt: { subject: "egress" } } };
const PODS: AuthProps = { existing: "k8s", method: { kubernetes: { namespace: "net", serviceAccount: "egress" } } };
const ROLES: AuthProps = {
  method: { awsIam: { principalArns: ["arn:aws:iam::123456789012:role/prod/*"], serverId: "consul.example.com" } },
};
const FILE = "/run/egress/identity.jwt";
const CASES: readonly (readonly [string, AuthProps, Options, string])[] = [
  [
    "a bearer token that is in a file there",
    ...[JWT, { consul: { ...CONSUL, bearerTokenFile: FILE } }, `--auth-method workloads --bearer-token-file ${FILE}`],
  ] as const,
  [
    "a pod's service account",
    ...[PODS, { consul: CONSUL }],
    "--auth-method k8s --bearer-token-file /var/run/secrets/kubernetes.io/serviceaccount/token",
  ] as const,
  [
    "AWS credentials",
    ...[ROLES, { consul: CONSUL }],
    "--auth-method egress-terminating-gateway --aws-auto-bearer-token --aws-server-id-header-value consul.example.com --aws-include-entity",
  ] as const,
  [
    "the user's own method",
    ...[JWT, { consul: { ...CONSUL, authMethod: "mine", bearerTokenFile: FILE } }],
    `--auth-method mine --bearer-token-file ${FILE}`,
  ] as const,
  [
    "AWS credentials, and a bearer token that is brought",
    ...[ROLES, { consul: { ...CONSUL, bearerTokenFile: FILE } }],
    `--auth-method egress-terminating-gateway --bearer-token-file ${FILE}`,
  ] as const,
];

describe.each(ENGINES)("%s", (_engine, launched) => {
  test.each(CASES)("%s: in the text of every launcher, as rendered", async (_what, auth, options, words) => {
    const run = `--consul-addr https://c1:8501 ${words} --address 10.0.0.5`;
    const model = validate<string>(propsOf(auth), (leaf) => leaf);
    if (!model.ok) throw new Error(JSON.stringify(model.error));
    const manifest = canonicalJson(makeManifest(model.value));
    for (const [kind, form] of [
      ["systemd", "systemd"],
      ["cloudInit", "cloud-init"],
    ] as const) {
      const rendered = renderLaunch(form, manifest, options);
      if (!rendered.ok) throw new Error(JSON.stringify(rendered.error));
      const [file] = rendered.value;
      expect(file?.text).toContain(run);
      expect(await launched(kind, auth, options)).toContain(file?.text);
    }
    expect((await launched("localExec", auth, options)).join()).toContain(`--manifest "$TGW_MANIFEST" ${run} >>`);
    expect((await launched("ssh", auth, options)).join().replaceAll("\\", "")).toContain(run);
  });

  test("a token, however it is given, wins; without both it is told", async () => {
    const tokens: readonly (readonly [Kind, Options])[] = [
      ["systemd", { consul: CONSUL, tokenFile: "/etc/egress/token" }],
      ["localExec", { consul: CONSUL, arguments: ["--token-file", "/etc/egress/token"] }],
      ["ssh", { consul: CONSUL, arguments: ["--token-file=/etc/egress/token", "--", "-l", "debug"] }],
    ];
    for (const [kind, options] of tokens) {
      expect((await launched(kind, JWT, options)).join()).not.toContain("--auth-method");
    }
    for (const kind of Object.keys(PLACE) as Kind[]) {
      await expect(launched(kind, JWT, { consul: CONSUL })).rejects.toThrow(
        /launcher\.(\w+\.)?consul\.bearerTokenFile: got nothing, and a gateway that logs in at "workloads"/,
      );
    }
    // What stands after -- is Envoy's.
    const envoys = { consul: { ...CONSUL, bearerTokenFile: FILE }, arguments: ["--", "--token-file"] };
    expect((await launched("localExec", JWT, envoys)).join()).toContain("--auth-method workloads");
  });
});

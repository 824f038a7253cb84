// `consul-tgw render` of what synth left gives the bytes that the constructs' launchers give for the same declaration.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { GatewayLauncher, GatewayProcess, TerminatingGateway } from "../../../src/constructs/cdktf";
import { type LaunchForm, renderLaunch } from "../../../src/launch/render-launch";
import { main } from "../../../src/runtime/cli";
import { EVERY_FORM } from "../../launch/every-form";
import { FORM_FLAGS } from "../../support/form-flags";

const GATEWAY = {
  name: "egress",
  datacenter: "dc1",
  bind: { address: "0.0.0.0", port: 443 },
  services: [
    {
      name: "billing",
      instances: [{ address: "10.0.0.9", port: 443, id: "a", node: "n" }],
      protocol: "http",
      tls: { caFile: "/etc/egress/ca.pem" },
      intentions: [{ source: "ops", permissions: [{ action: "allow", pathPrefix: "/é" }] }],
      meta: { owner: "payments" },
    },
  ],
} as const;
const CONSUL = {
  consulAddr: ["https://c1:8501"],
  caFile: "/etc/consul/ca.pem",
  bind: { address: "10.0.0.5", port: 8443 },
};
const OPTIONS = {
  consul: CONSUL,
  tokenFile: "/etc/egress/token",
  command: ["/opt/tgw", "--x"],
  arguments: ["--log-level", "warn"],
  environment: { ZONE: "a b" },
  stopSeconds: 45,
};
const FLAGS = [
  ...["--consul-addr", "https://c1:8501", "--ca-file", "/etc/consul/ca.pem", "--bind-address", "10.0.0.5:8443"],
  ...["--token-file", "/etc/egress/token", "--command", "/opt/tgw", "--command", "--x", "--env", "ZONE=a b"],
  ...["--stop-seconds", "45", "--", "--log-level", "warn"],
];

let outdir = "";
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), "tgw-same-"));
  const app = new App({ outdir, skipValidation: true });
  const stack = new TerraformStack(app, "net");
  const gateway = new TerminatingGateway(stack, "egress", GATEWAY as never);
  new GatewayProcess(stack, "systemd", { gateway, launcher: GatewayLauncher.systemd(OPTIONS) });
  const { userData } = new GatewayProcess(stack, "vm", {
    gateway,
    launcher: GatewayLauncher.cloudInit({ ...OPTIONS, gzip: true }),
  });
  new TerraformOutput(stack, "data", { value: userData });
  app.synth();
});
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** Name → text of the files that the command gives. */
async function rendered(form: LaunchForm, ...flags: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  const code = await main(["render", form, "--json", "--manifest", outdir, ...flags]);
  const text = write.mock.calls.join("");
  write.mockRestore();
  expect(code).toBe(0);
  const { files } = JSON.parse(text) as { files: { path: string; content: string }[] };
  return Object.fromEntries(files.map(({ path, content }) => [path, content]));
}
const left = (name: string): string => readFileSync(join(outdir, "stacks/net", name), "utf8");

test("systemd", async () => {
  const names = ["consul-tgw-egress.service", "egress.env", "egress.manifest.json"];
  expect(await rendered("systemd", ...FLAGS)).toEqual(Object.fromEntries(names.map((name) => [name, left(name)])));
});

test("cloudInit", async () => {
  const { output } = JSON.parse(left("cdk.tf.json")) as { output: { data: { value: string } } };
  expect(await rendered("cloud-init", "--gzip", ...FLAGS)).toEqual({ "egress.cloud-config.yaml": output.data.value });
});

test.each(Object.keys(FORM_FLAGS) as LaunchForm[])("renderLaunch as %s", async (form) => {
  const files = renderLaunch(form, left("egress.manifest.json"), EVERY_FORM[form]);
  if (!files.ok) throw new Error(JSON.stringify(files.error));
  const expected = Object.fromEntries(files.value.map(({ name, text }) => [name, text]));
  expect(await rendered(form, ...FORM_FLAGS[form])).toEqual(expected);
});

// GatewayProcess on other machines: what `ssh` and `cloudInit` add to a stack, and what makes them act again.

import { gunzipSync } from "node:zlib";
import { TerraformOutput, type TerraformStack, TerraformVariable } from "cdktf";
import {
  type CloudInitProps,
  ExternalService,
  GatewayLauncher,
  GatewayProcess,
  type SshProps,
  TerminatingGateway,
  type TerminatingGatewayProps,
} from "../../../src/constructs/cdktf";
import { mistakes, synth } from "./stack";

const BILLING = { name: "billing", address: "10.0.0.9", port: 443, plaintext: true } as const;

function declare(stack: TerraformStack, launcher: ReturnType<typeof GatewayLauncher.none>, change: object = {}) {
  const gateway = new TerminatingGateway(stack, "egress", { name: "egress", datacenter: "dc1", ...change });
  return { gateway, process: new GatewayProcess(stack, "run", { gateway, launcher }) };
}
const late = (stack: TerraformStack, name = "late"): string =>
  new TerraformVariable(stack, name, { type: "string" }).stringValue;

describe("ssh", () => {
  type Data = Record<string, unknown>;
  const both = (props: Partial<SshProps> = {}, change: Partial<TerminatingGatewayProps> = {}) => {
    const { resource } = synth(
      (stack) => void declare(stack, GatewayLauncher.ssh({ host: "gw.example.com", ...props }), change),
      change.datacenter,
    );
    const data = (resource.terraform_data ?? {}) as Record<string, Data>;
    const [process = "", manifest = ""] = ["run_process_", "run_manifest_"].map((start) =>
      Object.keys(data).find((each) => each.startsWith(start)),
    );
    return { ids: { process, manifest }, process: data[process] ?? {}, manifest: data[manifest] ?? {} };
  };
  const scripts = (data: Data) =>
    (data.provisioner as { "local-exec": Record<string, unknown> }[]).map((each) => each["local-exec"]);

  test("two resources: the process, and the manifest that follows it", () => {
    const { process, manifest, ids } = both();
    expect(manifest.depends_on).toEqual([`terraform_data.${ids.process}`]);
    expect((process.depends_on as string[])[0]).toMatch(/^terraform_data\.egress_manifest_/);
    const [install, remove] = scripts(process);
    expect(install?.environment).toMatchObject({ TGW_MANIFEST: "${abspath(path.module)}/egress.manifest.json" });
    expect(remove?.when).toBe("destroy");
    // A destroy provisioner that refers to anything but self is refused.
    expect(JSON.stringify(remove)).not.toMatch(/\$\{(?!self\.)/);
    expect(scripts(manifest)).toHaveLength(1);
  });

  test("what is kept in the state names the host, no path of this machine and no key", () => {
    const { process } = both({ login: "admin", port: 2222, hostKey: "ssh-ed25519 AAAA", sudo: false });
    expect(process.input).toEqual({
      TGW_SSH_HOST: "gw.example.com",
      TGW_SSH_LOGIN: "admin",
      TGW_SSH_PORT: "2222",
      TGW_SSH_IDENTITY: "",
      TGW_SSH_HOST_KEY: "ssh-ed25519 AAAA",
      TGW_SSH_CHECKING: "yes",
    });
    expect(Object.keys(process.triggers_replace as object)).not.toContain("TGW_MANIFEST");
  });

  test("a service changes the manifest's hash alone, which Terraform takes of the file", () => {
    const one = both();
    const two = both({}, { services: [BILLING] });
    expect(two.process.triggers_replace).toEqual(one.process.triggers_replace);
    expect(two.manifest.triggers_replace).toMatchObject({
      manifest: '${filesha256("${abspath(path.module)}/egress.manifest.json")}',
    });
  });

  test.each<[string, Partial<SshProps>, Partial<TerminatingGatewayProps>]>([
    ["its port", {}, { bind: { port: 9443 } }],
    ["its datacenter", {}, { datacenter: "dc2" }],
    ["an option of the unit", { stopSeconds: 60 }, {}],
    ["its host", { host: "other.example.com" }, {}],
  ])("%s replaces the process", (_what, props, change) => {
    expect(both(props, change).process.triggers_replace).not.toEqual(both().process.triggers_replace);
  });

  test("the host and its key may be late", () => {
    const { resource } = synth((stack) => {
      declare(stack, GatewayLauncher.ssh({ host: late(stack, "host"), hostKey: late(stack, "key") }));
    });
    const id = Object.keys(resource.terraform_data ?? {}).find((each) => each.startsWith("run_process_")) ?? "";
    expect(resource.terraform_data?.[id]?.input).toMatchObject({
      TGW_SSH_HOST: "${var.host}",
      TGW_SSH_HOST_KEY: "${var.key}",
    });
  });

  test.each<[string, object, string]>([
    ["no host", { host: undefined }, "launcher.host"],
    ["an option for a host", { host: "-oProxyCommand=x" }, "launcher.host"],
    ["host keys unchecked", { hostKeyChecking: "no" }, "launcher.hostKeyChecking"],
    ["a late login", { login: "${TfToken[TOKEN.1]}" }, "launcher.login"],
    ["a private key", { hostKey: "-----BEGIN OPENSSH PRIVATE KEY-----" }, "launcher.hostKey"],
  ])("%s is a mistake", (_what, props, path) => {
    const found = mistakes((stack) => {
      declare(stack as TerraformStack, GatewayLauncher.ssh({ host: "a", ...props } as SshProps));
    });
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) expect(line.split(": got")[0]).toBe(`[s/run] ${path}`);
  });
});

describe("cloudInit", () => {
  const output = (props: CloudInitProps, after: (stack: TerraformStack, gateway: TerminatingGateway) => void) => {
    const { output } = synth((stack) => {
      const { gateway, process } = declare(stack, GatewayLauncher.cloudInit(props));
      new TerraformOutput(stack, "data", { value: process.userData });
      after(stack, gateway);
    });
    return (output as { data: { value: string } }).data.value;
  };
  const link = (stack: TerraformStack, gateway: TerminatingGateway): void => {
    gateway.link(ExternalService.fromServiceAttributes(stack, "billing", BILLING));
  };

  test("user data holds what is linked later as well", () => {
    const text = output({ tokenFile: "/etc/egress/token" }, link);
    expect(text).toMatch(/^#cloud-config\nwrite_files:\n/);
    expect(text).toContain("      LoadCredential=consul-token:/etc/egress/token\n");
    expect(text).toContain('          "name": "billing"');
  });

  test("gzip packs the manifest", () => {
    const packed = /content: "?([\w+/=]+)"?$/m.exec(output({ gzip: true }, link))?.[1] ?? "";
    expect(gunzipSync(Buffer.from(packed, "base64")).toString()).toContain('"name": "billing"');
  });

  test("more than the cloud takes is a mistake, and so is a manifest that synth does not know", () => {
    const found = (props: CloudInitProps, change: (stack: TerraformStack) => object) =>
      mistakes((stack) => {
        declare(stack as TerraformStack, GatewayLauncher.cloudInit(props), change(stack as TerraformStack));
      });
    expect(found({ maxBytes: 1024 }, () => ({}))[0]).toMatch(
      /^\[s\/run\] user data: got \d+ bytes, allowed at most 1024 bytes; compress the manifest \(gzip\)/,
    );
    const services = (address: string) => ({ services: [{ ...BILLING, address }] });
    expect(found({}, (stack) => services(late(stack)))[0]).toMatch(
      /^\[s\/run\] launcher\.cloudInit: got a gateway with/,
    );
    expect(found({ gzip: 1 } as never, () => ({}))[0]).toMatch(
      /^\[s\/run\] launcher\.gzip: got 1, allowed true or false/,
    );
  });
});

test("a manifest that Consul delivers is followed there: nothing brings it, late or not", () => {
  const consul = { consulAddr: ["https://c1:8501"] };
  const change = (stack: TerraformStack) => ({
    delivery: "kv",
    services: [{ ...BILLING, address: late(stack) }],
  });
  const words = "--consul-addr https://c1:8501 --manifest-kv consul-terminating-gateway/egress";
  const { resource } = synth((stack) => {
    declare(stack, GatewayLauncher.ssh({ host: "gw.example.com", consul }), change(stack));
  });
  const run = Object.entries(resource.terraform_data ?? {}).filter(([id]) => id.startsWith("run_"));
  expect(run).toHaveLength(1);
  expect(JSON.stringify(run)).toContain(words);
  expect(JSON.stringify(run)).not.toMatch(/filesha256|TGW_MANIFEST/);
  const { output } = synth((stack) => {
    const { process } = declare(stack, GatewayLauncher.cloudInit({ consul }), change(stack));
    new TerraformOutput(stack, "data", { value: process.userData });
  });
  expect((output as { data: { value: string } }).data.value).toContain(words);
});

test("other launchers have no user data", () => {
  synth((stack) => expect(declare(stack, GatewayLauncher.none()).process.userData).toBeUndefined());
});

// GatewayProcess: what each launcher adds to a stack, and what makes a process restart.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import {
  GatewayLauncher,
  GatewayProcess,
  type IGatewayLauncher,
  TerminatingGateway,
  type TerminatingGatewayProps,
} from "../../../src/constructs/cdktf";
import { mistakes, synth } from "./stack";

const DIRECTORY = "/var/lib/egress";
const BILLING = { name: "billing", address: "10.0.0.9", port: 443, plaintext: true } as const;

function declare(scope: Construct, launcher: IGatewayLauncher, change: Partial<TerminatingGatewayProps> = {}) {
  const gateway = new TerminatingGateway(scope, "egress", { name: "egress", datacenter: "dc1", ...change });
  return new GatewayProcess(scope, "run", { gateway, launcher });
}

/** The process resource of a stack. */
function processOf(launcher: IGatewayLauncher, change?: Partial<TerminatingGatewayProps>) {
  const { resource } = synth((stack) => void declare(stack, launcher, change), change?.datacenter);
  const [id] = Object.keys(resource.terraform_data ?? {}).filter((each) => each.startsWith("run_"));
  return { resource, process: resource.terraform_data?.[id ?? ""] };
}

const localExec = () => GatewayLauncher.localExec({ directory: DIRECTORY });

test("none adds nothing", () => {
  expect(processOf(GatewayLauncher.none()).process).toBeUndefined();
});

describe.each([
  ["localExec", localExec],
  ["systemd", () => GatewayLauncher.systemd()],
])("%s restarts", (_name, launcher) => {
  const triggers = (change?: Partial<TerminatingGatewayProps>) =>
    processOf(launcher(), change).process?.triggers_replace as object;

  test.each<[string, Partial<TerminatingGatewayProps>]>([
    ["its bind port", { bind: { port: 9443 } }],
    ["its bind address", { bind: { address: "10.1.0.2" } }],
    ["its datacenter", { datacenter: "dc2" }],
    ["its name", { name: "other" }],
  ])("for %s", (_what, change) => {
    expect(triggers(change)).not.toEqual(triggers());
  });

  test.each<[string, Partial<TerminatingGatewayProps>]>([
    ["a service", { services: [{ ...BILLING, allowFrom: ["web"] }] }],
    ["metadata", { meta: { owner: "payments" } }],
    ["the default intention", { defaultIntention: "allow" }],
  ])("never for %s", (_what, change) => {
    expect(triggers(change)).toEqual(triggers());
  });
});

describe('delivery "kv"', () => {
  const consul = { consulAddr: ["https://c1:8501"], address: "10.0.0.5" };
  const keyed = { delivery: "kv", bind: { address: "10.0.0.5" } } as const;
  const WORDS =
    "run --gateway egress --consul-addr https://c1:8501 --manifest-kv consul-terminating-gateway/egress --datacenter dc1 " +
    "--address 10.0.0.5 --bind-address 10.0.0.5:8443";

  test("localExec starts the process with the key, also where a value is late, and tells it by that", () => {
    const launcher = GatewayLauncher.localExec({ directory: DIRECTORY, consul });
    const { process } = processOf(launcher, keyed);
    expect(process?.input).toMatchObject({ TGW_MANIFEST: "consul-terminating-gateway/egress" });
    const [start] = (process?.provisioner ?? []) as { "local-exec": { command: string } }[];
    expect(start?.["local-exec"].command).toContain(`\nnohup consul-tgw ${WORDS} >>`);
    const late = mistakes((stack) => {
      const address = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
      const services = [{ name: "billing", plaintext: true, instances: [{ address, port: 1, node: "n" }] }];
      void declare(stack, launcher, { ...keyed, services });
    });
    expect(late).toEqual([]);
  });

  test("systemd: the unit has the key, and no manifest is named", () => {
    const launcher = GatewayLauncher.systemd({ consul });
    const { process } = processOf(launcher, keyed);
    const { "consul-tgw-egress.service": unit, "egress.env": environment } = (process?.input ?? {}) as Record<
      string,
      string
    >;
    expect(unit).toContain(`${WORDS.slice("run ".length)}\n`);
    expect(environment).toBe("\n");
  });

  test("needs the servers, and no file", () => {
    const found = (launcher: IGatewayLauncher) => mistakes((stack) => void declare(stack, launcher, keyed)).join("\n");
    for (const launcher of [GatewayLauncher.systemd(), localExec()]) {
      expect(found(launcher)).toMatch(/launcher\.consul: got nothing, and a manifest that is delivered by Consul's KV/);
    }
    const withFile = GatewayLauncher.localExec({ directory: DIRECTORY, consul, manifestFile: "/m.json" });
    expect(found(withFile)).toMatch(/launcher\.manifestFile: got a path, allowed nothing with delivery "kv"/);
  });

  test("its key is told", () => {
    synth((stack) => {
      const props = { name: "egress", datacenter: "dc1" };
      expect(new TerminatingGateway(stack, "a", { ...props, ...keyed }).manifestKey).toBe(
        "consul-terminating-gateway/egress",
      );
      expect(new TerminatingGateway(stack, "b", { ...props, name: "b" }).manifestKey).toBeUndefined();
    });
  });
});

describe("localExec", () => {
  test("starts after the manifest, with it, and stops by what it was started with", () => {
    const { resource, process } = processOf(localExec());
    const [manifest] = Object.keys(resource.terraform_data ?? {}).filter((each) => each.startsWith("egress_"));
    expect(process?.depends_on).toEqual([`terraform_data.${manifest}`]);
    expect(process?.input).toEqual({
      TGW_DIRECTORY: "/var/lib/egress",
      TGW_PID_FILE: "/var/lib/egress/egress.pid",
      TGW_LOG_FILE: "/var/lib/egress/egress.log",
      TGW_MANIFEST: "${abspath(path.module)}/egress.manifest.json",
      TGW_STOP_SECONDS: "30",
    });
    const [start, stop] = (process?.provisioner ?? []) as { "local-exec": Record<string, unknown> }[];
    const environment = Object.fromEntries(
      ["DIRECTORY", "PID_FILE", "LOG_FILE", "MANIFEST", "STOP_SECONDS"].map((name) => [
        `TGW_${name}`,
        `\${self.input.TGW_${name}}`,
      ]),
    );
    expect(start?.["local-exec"]).toMatchObject({ environment, interpreter: ["/bin/sh", "-c"] });
    expect(start?.["local-exec"]).not.toHaveProperty("when");
    expect(stop?.["local-exec"]).toMatchObject({ environment, when: "destroy" });
    // A destroy provisioner that refers to anything but self is refused.
    expect(JSON.stringify(stop)).not.toMatch(/\$\{(?!self\.)/);
  });

  test("restarts for its own command", () => {
    const other = GatewayLauncher.localExec({ directory: DIRECTORY, arguments: ["--log-level", "debug"] });
    expect(processOf(other).process?.triggers_replace).not.toEqual(processOf(localExec()).process?.triggers_replace);
  });

  test("with a late address needs to be told where the manifest is", () => {
    const late = (launcher: IGatewayLauncher) => (stack: Construct) => {
      const address = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
      declare(stack, launcher, { services: [{ ...BILLING, address }] });
    };
    expect(mistakes(late(localExec()))[0]).toMatch(/^\[s\/run\] launcher\.manifestFile: got nothing/);
    const told = GatewayLauncher.localExec({ directory: DIRECTORY, manifestFile: "/etc/egress/manifest.json" });
    expect(mistakes(late(told))).toEqual([]);
  });
});

test.each<[string, IGatewayLauncher]>([
  ["launcher.directory", GatewayLauncher.localExec({} as never)],
  ["launcher.directory", GatewayLauncher.localExec({ directory: "relative" })],
  ["launcher.directory", GatewayLauncher.localExec({ directory: "/a/${TfToken[TOKEN.1]}" })],
  ["launcher.command", GatewayLauncher.localExec({ directory: "/a", command: "node" as never })],
  ["launcher.arguments[1]", GatewayLauncher.localExec({ directory: "/a", arguments: ["--json", "a\nb"] })],
  ["launcher.stopSeconds", GatewayLauncher.localExec({ directory: "/a", stopSeconds: -1 })],
  ["launcher.command[0]", GatewayLauncher.systemd({ command: ["consul-tgw"] })],
  ["launcher.tokenFile", GatewayLauncher.systemd({ tokenFile: "token" })],
  ["launcher.user", GatewayLauncher.systemd({ user: "a\nExecStartPre=/bin/false" })],
])("a mistake in %s", (path, launcher) => {
  expect(mistakes((stack) => void declare(stack, launcher)).map((line) => line.split(": got")[0])).toEqual([
    `[s/run] ${path}`,
  ]);
});

test("systemd: a gateway on a port below 1024 may bind it", () => {
  const { process } = processOf(GatewayLauncher.systemd(), { bind: { port: 443 } });
  const unit = process?.input as Record<string, string> | undefined;
  expect(unit?.["consul-tgw-egress.service"]).toContain("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n");
});

test("systemd writes its files beside the stack, and gives them to the program", () => {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-synth-"));
  try {
    const app = new App({ outdir, skipValidation: true });
    const { files } = declare(new TerraformStack(app, "net"), GatewayLauncher.systemd());
    app.synth();
    expect(files.map(({ name }) => name)).toEqual(["consul-tgw-egress.service", "egress.env"]);
    for (const { name, text } of files) {
      expect(readFileSync(join(outdir, "stacks/net", name), "utf8")).toBe(text);
    }
    expect(existsSync(join(outdir, "stacks/net/egress.manifest.json"))).toBe(true);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
});

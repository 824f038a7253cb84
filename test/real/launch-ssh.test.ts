// The launcher `ssh` over a real SSH connection: what it brings to a host and starts there, whom it trusts, and how a real
// OpenTofu deploys, changes and destroys it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayLauncher, GatewayProcess, TerminatingGateway } from "../../src/constructs/cdktf";
import { type SshConnection, sshEnvironment, sshScripts } from "../../src/launch/ssh";
import type { ConsulServer } from "../support/consul-server";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { placesOf } from "../support/iac/places";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realSshServer, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";
import { type SshHost, startSshHost } from "../support/ssh-host";

jest.setTimeout(120_000);

const PORT = 24710;
const hasSsh = spawnSync("ssh", ["-V"], { stdio: "ignore" }).status === 0;
const sshServer = hasSsh ? realSshServer() : undefined;
const consulPath = sshServer === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

const UNIT = "consul-tgw-egress.service";
const STARTED = [
  "systemctl daemon-reload",
  `systemctl enable --quiet ${UNIT}`,
  `systemctl restart ${UNIT}`,
  `systemctl is-active --quiet ${UNIT}`,
];
const ENDED = [`systemctl disable --now --quiet ${UNIT}`, "systemctl daemon-reload"];

describePart("the launcher ssh", sshServer, (binary) => {
  let host: SshHost;
  beforeEach(async () => {
    host = await startSshHost(binary, PORT);
  });
  afterEach(() => host.stop());

  const own = (): SshConnection & { directory: string } => ({
    ...{ host: "127.0.0.1", port: PORT, login: "admin", identityFile: host.identityFile, hostKey: host.hostKey },
    directory: join(host.dir, "etc/tgw"),
  });
  const run = (which: "install" | "update" | "remove", change: object = {}, edit = (text: string) => text) => {
    const options = { ...own(), ...change };
    const scripts = sshScripts({ gatewayName: "egress", bindPort: 8443, readsManifest: true }, options);
    const env = { PATH: process.env.PATH, ...sshEnvironment(options) };
    const script = edit(host.here(scripts[which]));
    const { status, stderr } = spawnSync("/bin/sh", ["-c", script], {
      input: "{}\n",
      env,
      encoding: "utf8",
      timeout: 30_000,
    });
    return { status, stderr };
  };
  const read = (name: string): string => readFileSync(join(host.dir, "etc/tgw", name), "utf8");

  test("brings the files, starts the unit, brings a new manifest alone, and leaves nothing", async () => {
    expect(run("install")).toEqual({ status: 0, stderr: "" });
    expect(host.calls()).toEqual(STARTED);
    await eventually(() => host.logins()[0] === "login admin");
    expect(readFileSync(join(host.units, UNIT), "utf8")).toContain(`EnvironmentFile=${host.dir}/etc/tgw/egress.env\n`);
    expect(read("egress.env")).toBe(`CONSUL_TGW_MANIFEST="${host.dir}/etc/tgw/egress.manifest.json"\n`);
    expect(read("egress.manifest.json")).toBe("{}\n");
    expect(readdirSync(join(host.dir, "etc/tgw"))).toEqual(["egress.env", "egress.manifest.json"]);
    expect(run("update")).toEqual({ status: 0, stderr: "" });
    expect(host.calls()).toEqual(STARTED);
    expect(run("remove")).toEqual({ status: 0, stderr: "" });
    expect(host.calls()).toEqual([...STARTED, ...ENDED]);
    expect(readdirSync(host.units)).toEqual([]);
    expect(existsSync(join(host.dir, "etc/tgw"))).toBe(false);
    expect(run("remove")).toEqual({ status: 0, stderr: "" });
  });

  test("refuses a host whose key is another one, or not known", async () => {
    const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${"A".repeat(43)}B`;
    expect(run("install", { hostKey })).toMatchObject({ status: 255 });
    expect(run("install", { hostKey, hostKeyChecking: "accept-new" })).toMatchObject({ status: 255 });
    const unknown = run("install", { hostKey: undefined });
    expect(unknown.status).toBe(255);
    expect(unknown.stderr).toContain("Host key verification failed");
    expect(host.calls()).toEqual([]);
  });

  test("fails with the unit's last words where it does not stay up", () => {
    host.setHealthy(false);
    const { status, stderr } = run("install");
    expect(status).toBe(1);
    expect(stderr).toContain(`last words of --unit=${UNIT}`);
  });

  test("keeps the old manifest where the new one does not come whole", () => {
    run("install");
    const broken = run("update", {}, (text) => text.replace("&& echo 'end of manifest'", ""));
    expect(broken.status).not.toBe(0);
    expect(read("egress.manifest.json")).toBe("{}\n");
  });

  describePart("by OpenTofu", tofuPath, (tofuBinary) => {
    let consul: ConsulServer;
    let provider: TerraformProvider;
    let stack: DeployableStack;
    beforeAll(async () => {
      consul = await startFreshConsul(consulPath, 24720);
      provider = await startTerraformProvider(consul);
      stack = await openStack(tofuBinary, provider.reattach);
    });
    afterAll(async () => {
      stack?.remove();
      provider?.stop();
      await consul?.stop();
    });

    const declare = (change: object = {}): void => {
      stack.declare((scope) => {
        const gateway = new TerminatingGateway(scope, "egress", { name: "egress", datacenter: "dc1", ...change });
        new GatewayProcess(scope, "run", { gateway, launcher: GatewayLauncher.ssh(own()) });
      });
      const path = join(stack.tofu.dir, "cdk.tf.json");
      writeFileSync(path, host.here(readFileSync(path, "utf8")));
    };
    const synthesised = (): string => readFileSync(join(stack.tofu.dir, "egress.manifest.json"), "utf8");

    test("deploys, follows, replaces and destroys it, and keeps no key", async () => {
      declare();
      await stack.apply();
      expect(read("egress.manifest.json")).toBe(synthesised());
      expect(host.calls()).toEqual(STARTED);
      expect(await stack.plan()).toEqual({});

      const services = [{ name: "billing", address: "10.0.0.9", port: 443, plaintext: true }];
      declare({ services });
      const planned = await stack.plan();
      expect(planned["run/manifest"]).toBe("replace");
      expect(Object.keys(planned)).not.toContain("run/process");
      await stack.apply();
      expect(synthesised()).toContain('"billing"');
      expect(read("egress.manifest.json")).toBe(synthesised());
      expect(host.calls()).toEqual(STARTED);

      declare({ services, bind: { port: 443 } });
      expect(await stack.plan()).toMatchObject({ "run/process": "replace" });
      await stack.apply();
      expect(host.calls()).toEqual([...STARTED, ...ENDED, ...STARTED]);
      expect(readFileSync(join(host.units, UNIT), "utf8")).toContain("AmbientCapabilities=CAP_NET_BIND_SERVICE\n");
      expect(await stack.plan()).toEqual({});

      const [, key = ""] = readFileSync(host.identityFile, "utf8").split("\n");
      expect(placesOf(key, stack.written())).toEqual([]);

      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      expect(host.calls()).toEqual([...STARTED, ...ENDED, ...STARTED, ...ENDED]);
      expect(existsSync(join(host.dir, "etc/tgw"))).toBe(false);
      expect(readdirSync(host.units)).toEqual([]);
    });
  });
});

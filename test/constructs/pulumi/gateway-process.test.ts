// GatewayProcess: the texts of its launchers, and the commands of `localExec` run for real.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  type CommandArgs,
  GatewayProcess,
  type LauncherArgs,
  TerminatingGateway,
} from "../../../src/constructs/pulumi";
import { runProgram } from "./program";
import { known } from "./values";

const SERVICE = { name: "billing", address: "10.0.0.9", port: 1, plaintext: true };
const GATEWAY = { name: "egress", datacenter: "dc1" };

async function launch(launcher: LauncherArgs, args: object = {}) {
  const run = await runProgram(false, () => {
    const gateway = new TerminatingGateway("egress", { ...GATEWAY, services: [SERVICE], ...args });
    return { gateway, process: new GatewayProcess("process", { gateway, launcher }) };
  });
  expect(run.failures).toEqual([]);
  if (run.result === undefined) throw new Error("the program gave nothing");
  return { ...run.result, resources: run.resources };
}

test("it is one component and adds no resource", async () => {
  const { resources } = await launch({ kind: "systemd" });
  expect(resources.filter(({ name }) => name.startsWith("process"))).toEqual([
    {
      type: "consul-terminating-gateway:index:GatewayProcess",
      name: "process",
      inputs: {},
      dependsOn: [],
      nodeOf: [],
      replacement: [],
    },
  ]);
});

test("none: nothing", async () => {
  const { process } = await launch({ kind: "none" });
  expect([process.files, process.command]).toEqual([[], undefined]);
});

test("systemd: a unit and its environment file", async () => {
  const { process } = await launch(
    {
      kind: "systemd",
      systemd: { directory: "/srv/egress", tokenFile: "/srv/token", arguments: ["--log-level", "warn"] },
    },
    { bind: { address: "10.1.0.2", port: 443 } },
  );
  const [unit, environment] = process.files;
  expect(process.files.map(({ name }) => name)).toEqual(["consul-tgw-egress.service", "egress.env"]);
  expect(unit?.text).toContain("--run-dir %t/consul-tgw-egress --log-level warn\n");
  expect(unit?.text).toContain("EnvironmentFile=/srv/egress/egress.env\n");
  expect(unit?.text).toContain("LoadCredential=consul-token:/srv/token\n");
  expect(unit?.text).toContain("AmbientCapabilities=CAP_NET_BIND_SERVICE\n");
  expect(environment?.text).toBe('CONSUL_TGW_MANIFEST="/srv/egress/egress.manifest.json"\n');
});

describe('delivery "kv"', () => {
  const consul = { consulAddr: ["https://c1:8501"], address: "10.0.0.5" };
  const keyed = { delivery: "kv", bind: { address: "10.0.0.5" } };
  const WORDS =
    "--gateway egress --consul-addr https://c1:8501 --manifest-kv consul-terminating-gateway/egress --datacenter dc1 " +
    "--address 10.0.0.5 --bind-address 10.0.0.5:8443";

  test("systemd: the unit has the key, and no manifest is named", async () => {
    const { process, gateway } = await launch({ kind: "systemd", systemd: { consul } }, keyed);
    expect(process.files[0]?.text).toContain(`${WORDS}\n`);
    expect(process.files[1]?.text).toBe("\n");
    expect(gateway.manifestKey).toBe("consul-terminating-gateway/egress");
  });

  test("localExec: the process has the key; no manifest is written, and a change of it is no change of the command", async () => {
    const launcher: LauncherArgs = { kind: "localExec", localExec: { directory: "/srv", consul } };
    const { command } = (await launch(launcher, keyed)).process;
    const other = (await launch(launcher, { ...keyed, services: [] })).process.command;
    expect(command?.create).toContain(`\nnohup consul-tgw run ${WORDS} >>`);
    expect(command?.create).not.toContain("cat >");
    expect([await known(command?.stdin), await known(other?.stdin)]).toEqual(["", ""]);
    expect(other).toEqual({ ...command, stdin: expect.anything() });
  });

  test.each<LauncherArgs>([{ kind: "systemd" }, { kind: "localExec", localExec: { directory: "/srv" } }])(
    "$kind needs the servers",
    async (launcher) => {
      const { failures } = await runProgram(false, () => {
        const gateway = new TerminatingGateway("egress", { ...GATEWAY, delivery: "kv" });
        new GatewayProcess("process", { gateway, launcher });
      });
      expect(failures.join()).toContain(
        `launcher.${launcher.kind}.consul: got nothing, and a manifest that is delivered`,
      );
    },
  );
});

const CONSUL = { consulAddr: ["https://c1:8501"] };

describe("ssh", () => {
  const command = async (args: object = {}, ssh: object = {}): Promise<CommandArgs> => {
    const made = await launch({ kind: "ssh", ssh: { host: "gw.example.com", ...ssh } }, args);
    if (made.process.command === undefined) throw new Error("no command");
    return made.process.command;
  };
  const triggers = async (...args: Parameters<typeof command>) => known(pulumi.all((await command(...args)).triggers));

  test("a command that is replaced for the host and for what starts the process, never for a service", async () => {
    const before = await triggers();
    expect(await triggers({ services: [] })).toEqual(before);
    expect(await triggers({ bind: { port: 9443 } })).not.toEqual(before);
    expect(await triggers({}, { host: "other.example.com" })).not.toEqual(before);
    expect(await triggers({}, { tokenFile: "/etc/egress/token" })).not.toEqual(before);
  });

  test("the manifest is its standard input, the host a variable that may be late", async () => {
    const { environment, stdin, create, update } = await command({}, { host: pulumi.output("late.example.com") });
    expect(await known(pulumi.output(environment))).toEqual({
      TGW_SSH_HOST: "late.example.com",
      TGW_SSH_LOGIN: "",
      TGW_SSH_PORT: "22",
      TGW_SSH_IDENTITY: "",
      TGW_SSH_HOST_KEY: "",
      TGW_SSH_CHECKING: "yes",
    });
    expect(JSON.parse((await known(stdin)) ?? "")).toMatchObject({ gateway: { name: "egress" } });
    expect(create).toContain("systemctl restart consul-tgw-egress.service");
    expect(update).not.toContain("systemctl");
  });

  test("without a manifest to bring there is no input", async () => {
    const { stdin, create } = await command({ delivery: "kv" }, { consul: CONSUL });
    expect(await known(stdin)).toBe("");
    expect(create).toContain("--manifest-kv consul-terminating-gateway/egress");
    expect(create).not.toMatch(/put_manifest \/|send \|/);
  });
});

describe("cloudInit", () => {
  const userData = async (cloudInit: object, args: object = {}) =>
    (await launch({ kind: "cloudInit", cloudInit }, args)).process.userData;

  test("user data holds the manifest, packed or not", async () => {
    const plain = await known((await userData({ tokenFile: "/srv/token" })) ?? pulumi.output(""));
    expect(plain).toMatch(/^#cloud-config\n/);
    expect(plain).toContain('          "name": "billing",\n');
    const packed = await known((await userData({ gzip: true })) ?? pulumi.output(""));
    expect(packed).toContain('encoding: "gz+b64"');
  });

  test("more than the cloud takes ends the deployment", async () => {
    const gateway = { ...GATEWAY, services: [SERVICE] };
    const { failures } = await runProgram(false, () => {
      const launcher: LauncherArgs = { kind: "cloudInit", cloudInit: { maxBytes: 1024 } };
      return new GatewayProcess("process", { gateway: new TerminatingGateway("egress", gateway), launcher }).userData;
    });
    expect(failures.map(String).join("\n")).toMatch(
      /GatewayProcess "process" cannot be deployed:\n {2}user data: got \d+ bytes/,
    );
  });
});

describe("localExec", () => {
  const command = async (directory: string, args: object = {}): Promise<CommandArgs> => {
    const localExec = { directory, command: [process.execPath, join(directory, "gateway.js")], stopSeconds: 5 };
    const made = await launch({ kind: "localExec", localExec }, args);
    if (made.process.command === undefined) throw new Error("no command");
    return made.process.command;
  };

  test("triggers change with name, datacenter and bind, and not with services", async () => {
    const { triggers } = await command("/srv");
    expect((await command("/srv", { services: [] })).triggers).toEqual(triggers);
    expect((await command("/srv", { name: "other" })).triggers).not.toEqual(triggers);
    expect((await command("/srv", { datacenter: "dc2" })).triggers).not.toEqual(triggers);
    expect((await command("/srv", { bind: { port: 9443 } })).triggers).not.toEqual(triggers);
  });

  test("the commands start the process, hand it a new manifest, and stop it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tgw-"));
    writeFileSync(join(directory, "gateway.js"), "setInterval(() => undefined, 1000);\n");
    const pid = () => Number(readFileSync(join(directory, "egress.pid"), "utf8"));
    const manifest = () => readFileSync(join(directory, "egress.manifest.json"), "utf8");
    const run = async (script: string, { environment, interpreter, stdin }: CommandArgs) => {
      const [shell = "", ...flags] = interpreter;
      const env = { PATH: process.env.PATH, ...environment };
      return spawnSync(shell, [...flags, script], { env, input: await known(stdin), timeout: 20_000 }).status;
    };
    // Whoever ended may still be listed until its parent looks: by then its command line is gone.
    const runs = (id: number) => `${spawnSync("ps", ["-o", "args=", "-p", `${id}`]).stdout}`.includes("run --manifest");
    const first = await command(directory);
    const second = await command(directory, { services: [] });
    try {
      expect(await run(first.create, first)).toBe(0);
      const started = pid();
      expect(runs(started)).toBe(true);
      expect(manifest()).toBe(await known(first.stdin));
      expect(await run(second.update, second)).toBe(0);
      expect(manifest()).toBe(await known(second.stdin));
      expect(pid()).toBe(started);
      expect(await run(second.delete, second)).toBe(0);
      expect(runs(started)).toBe(false);
      expect(existsSync(join(directory, "egress.pid"))).toBe(false);
    } finally {
      await run(first.delete, first);
      rmSync(directory, { recursive: true });
    }
  });
});

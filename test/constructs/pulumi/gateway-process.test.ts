// GatewayProcess: the texts of its launchers, and the commands of `localExec` run for real.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

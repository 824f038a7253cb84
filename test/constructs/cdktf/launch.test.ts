// The texts that launchers bring to a host: the unit is read by systemd's rules, the scripts are run by a real shell.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScript, stopScript } from "../../../src/launch/local-exec";
import { shellWords } from "../../../src/launch/shell-words";
import { renderEnvironment, renderUnit, type SystemdOptions } from "../../../src/launch/systemd";

describe("systemd", () => {
  const options: SystemdOptions = {
    gatewayName: "egress",
    command: ["/usr/bin/node", "/opt/my tgw/100%/$x.js"],
    arguments: ["--log-level", "warn"],
    environmentFile: "/etc/consul-terminating-gateway/egress.env",
    stopSeconds: 45,
    bindPorts: [8443],
  };
  const settings = (unit: string, name: string): readonly string[] =>
    unit.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

  test("starts the gateway, by words that systemd does not expand", () => {
    expect(settings(renderUnit(options), "ExecStart")).toEqual([
      '/usr/bin/node "/opt/my tgw/100%%/$$x.js" run --state-dir %S/consul-tgw-egress --run-dir %t/consul-tgw-egress --log-level warn',
    ]);
  });

  test.each([
    ["Type", "simple"],
    ["Restart", "on-failure"],
    ["RestartPreventExitStatus", "2"],
    ["KillMode", "mixed"],
    ["TimeoutStopSec", "45"],
    ["EnvironmentFile", "/etc/consul-terminating-gateway/egress.env"],
    ["DynamicUser", "yes"],
    ["StateDirectoryMode", "0700"],
    ["NoNewPrivileges", "yes"],
    ["ProtectSystem", "strict"],
    ["CapabilityBoundingSet", ""],
    ["WantedBy", "multi-user.target"],
  ])("%s=%s", (name, value) => {
    expect(settings(renderUnit(options), name)).toEqual([value]);
  });

  test("a user of one's own", () => {
    const unit = renderUnit({ ...options, user: "egress" });
    expect([settings(unit, "User"), settings(unit, "DynamicUser")]).toEqual([["egress"], []]);
  });

  test("a port below 1024 needs a capability, others get none", () => {
    const unit = renderUnit({ ...options, bindPorts: [8443, 443] });
    expect(settings(unit, "AmbientCapabilities")).toEqual(["CAP_NET_BIND_SERVICE"]);
  });

  test("a token comes as a credential: its path is written, never what is in it", () => {
    const unit = renderUnit({ ...options, tokenFile: "/etc/egress/token" });
    expect(settings(unit, "LoadCredential")).toEqual(["consul-token:/etc/egress/token"]);
    expect(settings(unit, "Environment")).toEqual(["CONSUL_HTTP_TOKEN_FILE=%d/consul-token"]);
    expect(renderUnit(options)).not.toMatch(/token/i);
  });

  test("the environment file: sorted and quoted", () => {
    expect(renderEnvironment({ B: 'x"$y`\\', A: "1" })).toBe('A="1"\nB="x\\"\\$y\\`\\\\"\n');
  });
});

test("shell words: only what a shell would read differently is quoted", () => {
  expect(shellWords(["node", "a b", "it's", "$(x)", ""])).toBe("node 'a b' 'it'\\''s' '$(x)' ''");
});

describe("localExec", () => {
  let dir: string;
  let env: Record<string, string>;
  const run = (script: string) => spawnSync("/bin/sh", ["-c", script], { env, encoding: "utf8", timeout: 20_000 });
  const pid = (): number => Number(readFileSync(env.TGW_PID_FILE ?? "", "utf8"));
  /** Where nobody collects it, a process that ended is there as a zombie for a while. */
  const lives = (id: number): boolean => {
    try {
      process.kill(id, 0);
    } catch {
      return false;
    }
    return !spawnSync("ps", ["-o", "stat=", "-p", String(id)], { encoding: "utf8" }).stdout?.startsWith("Z");
  };
  /** A gateway that says what it was called with and ends at SIGTERM, or not even then. */
  const program = (atTerm: string): string => {
    const path = join(dir, "gateway.sh");
    writeFileSync(path, `#!/bin/sh\n${atTerm}\necho "$@"\nwhile :; do sleep 0.1; done\n`);
    chmodSync(path, 0o700);
    return path;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "tgw-launch-"));
    const directory = join(dir, "a b");
    env = {
      PATH: process.env.PATH ?? "",
      TGW_DIRECTORY: directory,
      TGW_PID_FILE: join(directory, "egress.pid"),
      TGW_LOG_FILE: join(directory, "egress.log"),
      TGW_MANIFEST: join(dir, "egress.manifest.json"),
      TGW_STOP_SECONDS: "1",
    };
  });
  afterEach(() => {
    if (existsSync(env.TGW_PID_FILE ?? "") && lives(pid())) process.kill(pid(), "SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });

  test("starts with the manifest, refuses a second start, stops by its id", () => {
    const start = startScript([program("trap 'echo drained; exit 0' TERM")], ["--log-level", "it's"]);
    expect(run(start)).toMatchObject({ status: 0, stderr: "" });
    const id = pid();
    expect(lives(id)).toBe(true);
    expect(readFileSync(env.TGW_LOG_FILE ?? "", "utf8")).toBe(`run --manifest ${env.TGW_MANIFEST} --log-level it's\n`);
    expect(run(start)).toMatchObject({ status: 1, stderr: `the gateway runs already, as process ${id}\n` });
    expect(run(stopScript())).toMatchObject({ status: 0, stderr: "" });
    expect(lives(id)).toBe(false);
    expect(existsSync(env.TGW_PID_FILE ?? "")).toBe(false);
    expect(readFileSync(env.TGW_LOG_FILE ?? "", "utf8")).toMatch(/\ndrained\n$/);
  });

  test("kills what does not stop in time", () => {
    expect(run(startScript([program("trap '' TERM")], [])).status).toBe(0);
    const id = pid();
    expect(run(stopScript()).status).toBe(0);
    expect(lives(id)).toBe(false);
  });

  test("fails where the process ends at once, with its last words", () => {
    const result = run(startScript([program("echo 'no such manifest' >&2; exit 2")], []));
    expect(result).toMatchObject({ status: 1, stderr: "no such manifest\n" });
    expect(existsSync(env.TGW_PID_FILE ?? "")).toBe(false);
  });

  test("does not touch another process that has the id now", () => {
    expect(run(startScript([program("trap 'exit 0' TERM")], [])).status).toBe(0);
    const id = pid();
    const other = { ...env, TGW_MANIFEST: "/another.manifest.json" };
    const stopped = spawnSync("/bin/sh", ["-c", stopScript()], { env: other, encoding: "utf8", timeout: 20_000 });
    expect(stopped.status).toBe(0);
    expect(lives(id)).toBe(true);
    process.kill(id, "SIGKILL");
  });

  test("nothing to stop is no failure", () => {
    expect(run(stopScript())).toMatchObject({ status: 0, stderr: "" });
  });
});

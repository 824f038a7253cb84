// A real Envoy under our supervisor, without an xDS server behind it, except for the one that answers with nothing.
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { makeBootstrap } from "../../src/runtime/envoy/bootstrap";
import { locateEnvoy } from "../../src/runtime/envoy/locate";
import { type EnvoyHandle, type EnvoyOptions, startEnvoy } from "../../src/runtime/envoy/process";
import { makeRunDir, type RunDir } from "../../src/runtime/envoy/run-dir";
import { systemClock } from "../../src/runtime/ports";
import { ECHO_PORT, echoCluster, echoed, echoListener } from "../support/echo-gateway";
import { describePart, realEnvoy } from "../support/real-parts";
import { startStaticAds } from "../support/static-ads";

describePart("a real Envoy", realEnvoy(), (binary) => {
  let dir: string;
  let runDir: RunDir;
  let envoy: EnvoyHandle | undefined;
  let lines: string[];

  beforeEach(async () => {
    dir = mkdtempSync("/tmp/tgw-envoy-");
    lines = [];
    const made = await makeRunDir(join(dir, "run"));
    if (!made.ok) throw new Error(JSON.stringify(made.error));
    runDir = made.value;
  });

  afterEach(async () => {
    if (envoy?.phase === "running") void envoy.stop();
    await envoy?.stop();
    envoy = undefined;
    rmSync(dir, { recursive: true, force: true });
  });

  function start(more: Partial<EnvoyOptions> = {}): EnvoyHandle {
    const say = (message: string): void => void lines.push(message);
    envoy = startEnvoy({
      binary,
      runDir,
      nodeId: "egress",
      cluster: "egress",
      drainTimeS: 0,
      restartSilentS: 60,
      concurrency: 1,
      env: { ...process.env, CONSUL_HTTP_TOKEN: "canary-token" },
      clock: systemClock,
      random: () => 0,
      log: { debug: say, info: say, warn: say, error: say },
      ...more,
    });
    return envoy;
  }

  test("locateEnvoy accepts it", async () => {
    const found = await locateEnvoy({ path: binary, env: {} });
    expect(found).toMatchObject({ ok: true, value: { path: binary } });
  });

  test("the bootstrap passes Envoy's own validation without a warning", () => {
    const file = join(dir, "b.json");
    const bootstrap = makeBootstrap({
      nodeId: "egress",
      cluster: "egress",
      adsSocket: runDir.adsSocket,
      adminSocket: runDir.adminSocket,
      maxConnections: 1000,
    });
    writeFileSync(file, JSON.stringify(bootstrap));
    const output = execFileSync(binary, ["--mode", "validate", "-c", file, "-l", "warning"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    expect(output.trim()).toBe(`configuration '${file}' OK`);
  });

  test("without an xDS server it answers its admin interface, is not ready, and stops at once", async () => {
    const handle = start();
    await until(() =>
      handle.admin.isReady().then(
        () => true,
        () => false,
      ),
    );
    await expect(handle.admin.isReady()).resolves.toBe(false);
    expect(handle.phase).toBe("starting");
    expect(mode(runDir.path)).toBe("700");
    expect(mode(runDir.adminSocket)).toBe("600");
    expect(mode(runDir.bootstrapFile)).toBe("600");
    const pid = expectPid(handle);
    expect(readFileSync(`/proc/${pid}/environ`, "latin1")).not.toContain("canary");
    await handle.stop();
    await expect(handle.done).resolves.toBe("stopped");
    await expect(handle.ready).rejects.toThrow("stopped before it was ready");
    expect(isAlive(pid)).toBe(false);
    expect(lines.filter((line) => line.includes("unknown field") || line.includes("deprecated"))).toEqual([]);
  });

  test("killed, it is started again with the same socket", async () => {
    const handle = start();
    const first = await answering(handle);
    process.kill(first, "SIGKILL");
    await until(() => handle.pid !== undefined && handle.pid !== first);
    const second = await answering(handle);
    expect(lines).toContain("Envoy ended unasked");
    await handle.stop();
    expect([isAlive(first), isAlive(second)]).toEqual([false, false]);
  });

  test("one that does not react is stopped by force", async () => {
    const handle = start();
    const pid = await answering(handle);
    process.kill(pid, "SIGSTOP");
    await handle.stop();
    expect(isAlive(pid)).toBe(false);
    expect(lines).toContain("Envoy did not end in time");
  });

  test("one that refuses its arguments is not tried again; the reason is in the error", async () => {
    const handle = start({ extraArgs: ["--no-such-option"] });
    await expect(handle.ready).rejects.toThrow(/exit code 1[\s\S]*no-such-option/);
    await expect(handle.done).resolves.toBe("failed");
    await handle.stop();
  });

  test("a second one on the same run directory is refused and harms nobody", async () => {
    const pid = await answering(start());
    const first = envoy;
    const second = start();
    await expect(second.ready).rejects.toThrow("another Envoy uses");
    expect(isAlive(pid)).toBe(true);
    envoy = first;
  });

  test("while draining it accepts for the drain time, waits for open connections and then cuts them", async () => {
    const echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(
      ECHO_PORT,
      "127.0.0.1",
    );
    const ads = await startStaticAds(runDir.adsSocket, { clusters: [echoCluster], listeners: [echoListener] });
    const sockets: Socket[] = [];
    try {
      const handle = start({ drainTimeS: 1, connectionTimeS: 1 });
      await handle.ready;
      expect(handle.phase).toBe("running");
      await expect(handle.admin.initTargets()).resolves.toEqual([]);
      await expect(handle.admin.activeConnections()).resolves.toBe(0);
      const phases: string[] = [];
      handle.onState((phase) => void phases.push(phase));
      sockets.push(await echoed("before the stop"));
      await expect(handle.admin.activeConnections()).resolves.toBe(1);
      const closed = new Promise((resolve) => sockets[0]?.once("close", resolve));
      const stopped = handle.stop();
      sockets.push(await echoed("while it drains"));
      await Promise.all([stopped, closed]);
      expect(phases).toEqual(["draining", "stopped"]);
      expect(lines).toContain("open connections are cut");
      expect(lines).not.toContain("Envoy did not end in time");
      await expect(echoed("too late")).rejects.toThrow("ECONNREFUSED");
    } finally {
      for (const socket of sockets) socket.destroy();
      await ads.close();
      echo.close();
    }
  });
});

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

function expectPid(handle: EnvoyHandle): number {
  if (handle.pid === undefined) throw new Error("no process");
  return handle.pid;
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function answering(handle: EnvoyHandle): Promise<number> {
  await until(() =>
    handle.admin.isReady().then(
      () => true,
      () => false,
    ),
  );
  return expectPid(handle);
}

/** Waits for a condition, bounded by the test's own time limit. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

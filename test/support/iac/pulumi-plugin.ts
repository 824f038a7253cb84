// pulumi-plugin as an engine starts it: Pulumi's own runner over a copy of the folder with the packages that npm would bring.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..");
const RUNNER = join(dirname(require.resolve("@pulumi/pulumi/package.json")), "cmd/run-plugin");
/** Where it finds the engine; an engine that it is attached to says so itself. */
const NO_ENGINE = "127.0.0.1:1";

export interface PulumiPlugin {
  readonly port: number;
  /** For the environment of the engine: PULUMI_DEBUG_PROVIDERS. */
  readonly debug: string;
  stop(): void;
}

/** @throws Error with what the plugin said where it does not start; the package must be built */
export async function startPulumiPlugin(): Promise<PulumiPlugin> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-plugin-"));
  cpSync(join(ROOT, "pulumi-plugin"), dir, { recursive: true });
  const modules = join(dir, "node_modules");
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, "consul-terminating-gateway"));
  for (const name of ["@pulumi", "typescript"]) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  const child = spawn(process.execPath, [RUNNER, "--pwd", dir, dir, NO_ENGINE], {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = (): void => {
    child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const port = await portOf(child);
    return { port, debug: `consul-tgw:${port}`, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** The port that it prints. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (data: Buffer): void => {
      said += data.toString();
      const port = /^(\d+)\n/m.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the plugin ended with code ${code}: ${said}`)));
  });
}

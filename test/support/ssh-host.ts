// A host for tests: a real SSH server on loopback whose commands run on this machine, with a `sudo` that is none and a
// `systemctl` that notes what it is told. Its folders stand for those of a host.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SshHost {
  readonly dir: string;
  /** Stands for /etc/systemd/system. */
  readonly units: string;
  /** File of the private key that may log in. */
  readonly identityFile: string;
  /** The host's public key. */
  readonly hostKey: string;
  /** What systemctl was told, a line for each time. */
  calls(): readonly string[];
  /** Who logged in, as "login admin"; a moment later. */
  logins(): readonly string[];
  /** Whether units stay active once they were started. */
  setHealthy(healthy: boolean): void;
  /** This text with the host's folder for units. */
  here(text: string): string;
  stop(): Promise<void>;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  sudo: '[ "$1" = -n ] && shift\nexec "$@"',
  systemctl: 'echo "systemctl $*" >>"$CALLS"\n[ "$1" != is-active ] || [ ! -e "$CALLS.sick" ]',
  journalctl: 'echo "last words of $4"',
};

/** @param binary from realSshServer() */
export async function startSshHost(binary: string, port: number): Promise<SshHost> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-ssh-"));
  const calls = join(dir, "calls");
  const units = join(dir, "units");
  const programs = join(dir, "bin");
  for (const each of [units, programs]) mkdirSync(each);
  writeFileSync(calls, "");
  for (const [name, text] of Object.entries(PROGRAMS)) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(programs, name), 0o755);
  }
  const key = (name: string): string => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", join(dir, name)]);
    return join(dir, name);
  };
  const [hostKey, identityFile] = [key("host"), key("client")];
  const env = { PATH: `${programs}:${process.env.PATH}`, CALLS: calls };
  const child = spawn(binary, [String(port), hostKey, `${identityFile}.pub`], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let logins = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      logins += chunk;
      if (logins.startsWith("listening\n")) resolve();
    });
    child.once("exit", () => reject(new Error("the SSH server ended")));
  });
  return {
    dir,
    units,
    identityFile,
    hostKey: readFileSync(`${hostKey}.pub`, "utf8").trim(),
    calls: () => linesOf(readFileSync(calls, "utf8")),
    logins: () => linesOf(logins).slice(1),
    setHealthy(healthy) {
      if (healthy) rmSync(`${calls}.sick`, { force: true });
      else writeFileSync(`${calls}.sick`, "");
    },
    here: (text) => text.replaceAll("/etc/systemd/system", units),
    async stop() {
      if (existsSync(dir)) child.kill("SIGKILL");
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const linesOf = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

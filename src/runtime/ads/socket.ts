// Where the ADS server may listen: a unix socket that only its owner can reach, or loopback.

import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { createConnection, type Server } from "node:net";
import { dirname } from "node:path";

/** Leaf keys travel over it, so nobody else may reach it. */
export type ListenOn = { readonly path: string } | { readonly host: string; readonly port: number };

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Starts listening; resolves when clients can connect. A socket file that nobody serves any more is replaced.
 * @throws when the directory is open to others, the path is taken, or the host is not loopback
 */
export async function listen(server: Server, on: ListenOn): Promise<void> {
  if ("host" in on) {
    if (!LOOPBACK.has(on.host))
      throw new Error(`xDS server: ${on.host} is not a loopback address; private keys travel in the clear`);
    return bind(server, on);
  }
  await claimDirectory(dirname(on.path));
  await removeStale(on.path);
  await bind(server, on);
  await chmod(on.path, 0o600);
}

function bind(server: Server, on: ListenOn): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(on, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function claimDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stat = await lstat(directory);
  if (!stat.isDirectory()) throw new Error(`xDS server: ${directory} is not a directory`);
  if (stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0) {
    throw new Error(`xDS server: ${directory} must belong to this user with mode 0700; private keys travel through it`);
  }
}

async function removeStale(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new Error(`xDS server: ${path} exists and is not a socket`);
  if (await isServed(path)) throw new Error(`xDS server: another process serves ${path}`);
  await unlink(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

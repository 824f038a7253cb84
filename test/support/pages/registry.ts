// A package registry on loopback for npm itself: it has our tarball, as if it were published, and every package that a lock
// file has installed here, each version with its own dependencies. No test waits for a network.

import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { PACKAGE, type Packed } from "../../package/packed";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

export interface Registry {
  readonly url: string;
  /** Names that were asked for in vain. */
  readonly missing: ReadonlySet<string>;
  stop(): void;
}

/** @param installed folders with a package-lock.json and its node_modules; the newest version of a package is the top one of the first
 * @param more folders of single packages, by name */
export async function startRegistry(
  packed: Packed,
  installed: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<Registry> {
  const folders = new Map<string, readonly string[]>();
  for (const [name, found] of installed.flatMap(packagesOf))
    folders.set(name, [...(folders.get(name) ?? []), ...found]);
  for (const [name, folder] of [...Object.entries(more), [PACKAGE, packed.unpacked] as const])
    folders.set(name, [folder]);
  const missing = new Set<string>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "/").split("?")[0] ?? "").slice(1);
    const [name = "", version] = path.split("/-/");
    const found = folders.get(name);
    if (request.method !== "GET" || found === undefined) {
      missing.add(`${request.method} ${name}`);
      response.writeHead(404).end("{}");
    } else if (version === undefined) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(about(name, found, `http://${request.headers.host}`)));
    } else if (name === PACKAGE) createReadStream(packed.tarball).pipe(response);
    else sendPacked(found.find((each) => `${manifestOf(each).version}.tgz` === version) ?? "", response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/`, missing },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A package whose command is a program that is installed elsewhere. */
export function makeCommandPackage(dir: string, of: string, command: string, script: string): string {
  const { name, version } = manifestOf(of);
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, bin: { [command]: "command.sh" } }));
  writeFileSync(
    join(folder, "command.sh"),
    `#!/bin/sh
exec node ${join(of, script)} "$@"
`,
    { mode: 0o755 },
  );
  return folder;
}

/** Folders by name, that of the newest version first. */
function packagesOf(root: string): readonly (readonly [string, readonly string[]])[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly inBundle?: boolean }>>;
  };
  const byName = new Map<string, string[]>();
  for (const [path, { inBundle }] of Object.entries(packages)) {
    const name = path.split("node_modules/").at(-1) ?? "";
    const folder = join(root, path);
    if (name === "" || inBundle === true || !existsSync(join(folder, "package.json"))) continue;
    const isTop = path === `node_modules/${name}`;
    const others = byName.get(name) ?? [];
    byName.set(name, isTop ? [folder, ...others] : [...others, folder]);
  }
  return [...byName];
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

function about(name: string, folders: readonly string[], base: string): object {
  const versions = folders.map((folder) => {
    const manifest = manifestOf(folder);
    return [manifest.version, { ...manifest, dist: { tarball: `${base}/${name}/-/${manifest.version}.tgz` } }] as const;
  });
  return { name, "dist-tags": { latest: versions[0]?.[0] }, versions: Object.fromEntries(versions) };
}

/** As npm packs it, but not compressed; what is below node_modules is there only where a package brings it along. */
function sendPacked(folder: string, response: ServerResponse): void {
  const { bundleDependencies, bundledDependencies = bundleDependencies } = manifestOf(folder) as {
    readonly bundleDependencies?: unknown;
    readonly bundledDependencies?: unknown;
  };
  const name = basename(folder);
  const without = bundledDependencies === undefined ? [`--exclude=${name}/node_modules`] : [];
  const tar = spawn("tar", ["-cf", "-", ...without, "-C", dirname(folder), name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  tar.stdout.pipe(response);
}

// The package as it would be published: built, packed into a temporary directory, removed by the caller.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(__dirname, "../..");
export const PACKAGE = "consul-terminating-gateway";

export interface Packed {
  readonly dir: string;
  /** Path of the .tgz. */
  readonly tarball: string;
  /** Folder of its content: the package as npm would install it, without its dependencies. */
  readonly unpacked: string;
  /** What is in it, paths within the package. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
}

export function pack(): Packed {
  execFileSync(process.execPath, [join(ROOT, "tools/build.mjs")], { stdio: ["ignore", 2, 2] });
  const dir = mkdtempSync(join(tmpdir(), "tgw-pack-"));
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", dir];
  const output = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", timeout: 60_000 });
  const parsed = JSON.parse(output) as readonly PackReport[] | Record<string, PackReport>;
  const [report] = Object.values(parsed);
  if (report === undefined) throw new Error(`npm pack said ${output}`);
  const tarball = join(dir, report.filename);
  execFileSync("tar", ["-xzf", tarball, "-C", dir], { timeout: 60_000 });
  return {
    dir,
    tarball,
    unpacked: join(dir, "package"),
    files: report.files.map((file) => file.path),
    unpackedBytes: report.unpackedSize,
  };
}

/** Part of what npm prints: a list, or by name in newer versions of npm. */
interface PackReport {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

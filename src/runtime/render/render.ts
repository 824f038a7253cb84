// A manifest or the name of a gateway in Consul → the files that launch it; and how they are written.

import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { LaunchFile } from "../../launch/options";
import { type LaunchForm, type LaunchOptions, renderLaunch } from "../../launch/render-launch";
import type { Result } from "../../model/issues";
import { canonicalJson, makeManifest } from "../../model/manifest";
import type { RuntimeConfig } from "../config";
import { readManifest } from "../source/manifest/read";
import { byFlag, type RenderFlags, renderOptions } from "./options";

export const FILE_MODE = 0o644;

/**
 * `config`: parsed from the same flags, of which it takes the source alone.
 * @param rest words of the rendered command
 */
export async function render(
  form: LaunchForm,
  { manifest, gateway }: Pick<RuntimeConfig, "manifest" | "gateway">,
  flags: RenderFlags,
  rest: readonly string[],
): Promise<Result<readonly LaunchFile[]>> {
  const which = gateway === undefined ? {} : { gateway };
  const read = manifest === undefined ? undefined : await readManifest(manifest, which);
  if (read?.ok === false) return read;
  const model = read?.value.model;
  const options = renderOptions(form, flags, rest, model?.bind);
  if (!options.ok) return options;
  const { gzipBase64, ...more } = options.value;
  const gzip = gzipBase64 === true ? { gzipBase64: (text: string) => gzipSync(text).toString("base64") } : {};
  const source = model === undefined ? { gatewayName: gateway ?? "" } : canonicalJson(makeManifest(model));
  const files = renderLaunch(form, source, { ...more, ...gzip } as LaunchOptions[LaunchForm]);
  return files.ok ? files : { ok: false, error: files.error.map((each) => byFlag(form, each)) };
}

/** Each over its old one in one step: who reads it sees the one or the other. Returns the paths; throws naming the first that failed. */
export async function writeFiles(dir: string, files: readonly LaunchFile[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { name, text, mode = FILE_MODE } of files) {
    const path = join(dir, name);
    const next = `${path}.new`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(next, text);
      await chmod(next, mode);
      await rename(next, path);
    } catch (error) {
      throw new Error(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
    paths.push(path);
  }
  return paths;
}

// cloud-init user data: writes the manifest, the environment file and the systemd unit of a gateway, and starts it.

import type { Issue, Result } from "../model/issues";
import { HOST_RULES, type HostOptions, hostFiles } from "./host-files";
import type { LaunchedGateway, LaunchFile } from "./options";
import { flag, listOf, optional, type Rules, text, wholeNumber } from "./rules";
import { type YamlMap, yamlText } from "./yaml";

export interface CloudInitOptions extends HostOptions {
  /** Shell commands before the start, as the installation of consul-tgw and Envoy. @default [] */
  readonly setup?: readonly string[];
  /**
   * Compresses the manifest: text → its gzip in base64, as `(text) => gzipSync(text).toString("base64")` with node:zlib.
   * cloud-init unpacks it. @default - the manifest stays readable
   */
  readonly gzipBase64?: (text: string) => string;
  /** Bytes that the cloud takes as user data. @default 16384, as EC2 */
  readonly maxBytes?: number;
}

/** The same without a function: who renders it brings the compressing. */
export interface UserDataOptions extends Omit<CloudInitOptions, "gzipBase64"> {
  /** Compresses the manifest: about twenty services fit into 16 KiB as they are, several hundred so. @default false */
  readonly gzip?: boolean;
}

const EC2_BYTES = 16 * 1024;

export const CLOUD_INIT_RULES: Rules<CloudInitOptions> = {
  ...HOST_RULES,
  setup: optional(listOf(text())),
  gzipBase64: optional((value, path) =>
    typeof value === "function" ? [] : [{ path, got: "no function", allowed: "a function", hint: "see its docstring" }],
  ),
  maxBytes: optional(wholeNumber(1024, 2 ** 24)),
};

const { gzipBase64: _, ...SHARED_RULES } = CLOUD_INIT_RULES;
export const USER_DATA_RULES: Rules<UserDataOptions> = { ...SHARED_RULES, gzip: optional(flag) };

/** The text of the one file. */
export function renderUserData(
  gateway: LaunchedGateway,
  { gzip = false, ...options }: UserDataOptions,
  gzipBase64: (text: string) => string,
): Result<string> {
  const files = renderCloudInit(gateway, gzip ? { ...options, gzipBase64 } : options);
  return files.ok ? { ok: true, value: files.value.map(({ text }) => text).join("") } : files;
}

/** One file; an Issue when it is larger than the cloud takes. */
export function renderCloudInit(
  gateway: LaunchedGateway,
  options: CloudInitOptions = {},
): Result<readonly LaunchFile[]> {
  const files = hostFiles(gateway, options);
  const document: YamlMap = {
    write_files: [
      ...(gateway.readsManifest
        ? [{ path: files.manifestFile, permissions: "0644", ...content(gateway.manifest, options.gzipBase64) }]
        : []),
      { path: files.environmentFile, permissions: "0644", content: files.environment },
      { path: `/etc/systemd/system/${files.unitName}`, permissions: "0644", content: files.unit },
    ],
    runcmd: [
      ...(options.setup ?? []),
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", files.unitName],
    ],
  };
  const userData = `#cloud-config\n${yamlText(document)}`;
  const issue = tooLarge(new TextEncoder().encode(userData).length, options);
  if (issue !== undefined) return { ok: false, error: [issue] };
  return { ok: true, value: [{ name: `${gateway.gatewayName}.cloud-config.yaml`, text: userData }] };
}

function content(manifest: string, gzipBase64: CloudInitOptions["gzipBase64"]): YamlMap {
  return gzipBase64 === undefined ? { content: manifest } : { encoding: "gz+b64", content: gzipBase64(manifest) };
}

function tooLarge(bytes: number, { maxBytes = EC2_BYTES, gzipBase64 }: CloudInitOptions): Issue | undefined {
  if (bytes <= maxBytes) return undefined;
  const bring =
    "write a manifest with fewer services and replace it on the host later: it is read again without a restart";
  const hint = gzipBase64 === undefined ? `compress the manifest (gzip), or ${bring}` : bring;
  return { path: "user data", got: `${bytes} bytes`, allowed: `at most ${maxBytes} bytes`, hint };
}

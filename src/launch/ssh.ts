// Brings a gateway to a host over SSH and keeps it there as a systemd unit: the scripts of the machine that deploys, around
// those that its `ssh` runs on the host. Host and login come in variables; no script holds a secret, and none reads a key.

import { HOST_RULES, type HostOptions, hostFiles } from "./host-files";
import type { StartedGateway } from "./options";
import { absolutePath, flag, oneOf, optional, type Rules, text, wholeNumber } from "./rules";
import { shellWords } from "./shell-words";

export interface SshConnection<S = string> {
  /** Name or address of the host. */
  readonly host: S;
  /** User to log in as. @default - as your SSH configuration says */
  readonly login?: string;
  /** TCP port of the SSH server. @default 22 */
  readonly port?: number;
  /** File of your private key, by its absolute path on the machine that deploys. @default - your agent, your SSH configuration */
  readonly identityFile?: string;
  /** The host's public key, as "ssh-ed25519 AAAA…". @default - your known hosts */
  readonly hostKey?: S;
  /**
   * What is done about a host that is not known: `yes` refuses it, `accept-new` takes the key that it shows at the first
   * time. A key that changed is always refused. @default "yes"
   */
  readonly hostKeyChecking?: "yes" | "accept-new";
  /** Whether commands run by `sudo -n` there. @default - unless the login is root */
  readonly sudo?: boolean;
}

export interface SshOptions<S = string> extends HostOptions, SshConnection<S> {}

export const SSH_RULES: Rules<SshOptions> = {
  ...HOST_RULES,
  host: text("a hostname or an IP address", /^[A-Za-z0-9][\w.:-]*$/),
  login: optional(text("the name of a user", /^[A-Za-z_][\w.-]*$/)),
  port: optional(wholeNumber(1, 65535)),
  identityFile: optional(absolutePath),
  hostKey: optional(text("a public key, as ssh-ed25519 AAAA…", /^[a-z][\w@.-]* [A-Za-z0-9+/=]+( .*)?$/)),
  hostKeyChecking: optional(oneOf("yes", "accept-new")),
  sudo: optional(flag),
};

/** Variables of every script. "" stands for what was not given. */
export interface SshEnvironment<S = string> {
  readonly TGW_SSH_HOST: S;
  readonly TGW_SSH_LOGIN: string;
  readonly TGW_SSH_PORT: string;
  readonly TGW_SSH_IDENTITY: string;
  readonly TGW_SSH_HOST_KEY: S | "";
  readonly TGW_SSH_CHECKING: string;
}

export interface SshScripts {
  /** Brings manifest, environment and unit, and starts it, anew where it runs. Where it reads a manifest, that is standard input. */
  readonly install: string;
  /** Brings the manifest, which is standard input: the process sees the change by itself. */
  readonly update: string;
  /** Ends the process and removes what was brought. Its private state stays. */
  readonly remove: string;
}

export function sshEnvironment<S>(options: SshConnection<S>): SshEnvironment<S> {
  const { host, login = "", port = 22, identityFile = "", hostKey = "", hostKeyChecking = "yes" } = options;
  return {
    TGW_SSH_HOST: host,
    TGW_SSH_LOGIN: login,
    TGW_SSH_PORT: String(port),
    TGW_SSH_IDENTITY: identityFile,
    TGW_SSH_HOST_KEY: hostKey,
    TGW_SSH_CHECKING: hostKeyChecking,
  };
}

export function sshScripts(gateway: StartedGateway, options: SshOptions<unknown>): SshScripts {
  const sudo = options.sudo ?? options.login !== "root";
  const { install, update, remove } = remoteScripts(gateway, options);
  const source = gateway.readsManifest ? SEND : NOTHING;
  const over = (before: string, script: string): string => `${CONNECT}${before}${call(sudo, script)}`;
  return { install: over(source, install), update: over(source, update), remove: over(NOTHING, remove) };
}

/** What runs on the host, by its shell. */
export function remoteScripts(gateway: StartedGateway, options: HostOptions): SshScripts {
  const { unitName, unit, environmentFile, environment, manifestFile } = hostFiles(gateway, options);
  const unitFile = `/etc/systemd/system/${unitName}`;
  const directory = manifestFile.slice(0, manifestFile.lastIndexOf("/"));
  const word = (value: string): string => shellWords([value]);
  const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
  const put = (path: string, content: string): string => `printf %s ${word(content)} | put ${word(path)}`;
  const manifest = gateway.readsManifest ? [`put_manifest ${word(manifestFile)}`] : [];
  const update = lines(PUT, `mkdir -p ${word(directory)}`, ...manifest);
  return {
    install:
      update +
      lines(
        put(environmentFile, environment),
        put(unitFile, unit),
        "systemctl daemon-reload",
        `systemctl enable --quiet ${word(unitName)}`,
        `systemctl restart ${word(unitName)}`,
        // A unit of Type=simple counts as started even if the process ends at once.
        "sleep 1",
        `systemctl is-active --quiet ${word(unitName)} && exit 0`,
        `journalctl --no-pager --quiet --lines=20 --unit=${word(unitName)} >&2 || :`,
        "exit 1",
      ),
    update,
    remove: lines(
      "set -eu",
      `if [ -e ${word(unitFile)} ]; then systemctl disable --now --quiet ${word(unitName)}; fi`,
      `rm -f ${[unitFile, environmentFile, manifestFile].map(word).join(" ")}`,
      `rmdir ${word(directory)} 2>/dev/null || :`,
      "systemctl daemon-reload",
    ),
  };
}

/** The last line says that the manifest came whole: a connection that broke must not leave half of one. */
const END = "end of manifest";
const SEND = `send() { cat && echo ${shellWords([END])}; }\nsend | `;

const NOTHING = "exec </dev/null\n";

const PUT = `set -eu
umask 022
put() { cat >"$1.new" && chmod 0644 "$1.new" && mv -f "$1.new" "$1"; }
put_manifest() {
  cat >"$1.in"
  [ "$(tail -n 1 "$1.in")" = ${shellWords([END])} ]
  sed '$d' "$1.in" | put "$1"
  rm -f "$1.in"
}`;

/** Never asks: nobody would answer. */
const CONNECT = `set -eu
set -- -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -p "$TGW_SSH_PORT"
if [ -n "$TGW_SSH_LOGIN" ]; then set -- "$@" -l "$TGW_SSH_LOGIN"; fi
if [ -n "$TGW_SSH_IDENTITY" ]; then set -- "$@" -i "$TGW_SSH_IDENTITY" -o IdentitiesOnly=yes; fi
if [ -n "$TGW_SSH_HOST_KEY" ]; then
  known="$(mktemp)"
  trap 'rm -f "$known"' EXIT
  printf 'gateway %s\\n' "$TGW_SSH_HOST_KEY" >"$known"
  set -- "$@" -o HostKeyAlias=gateway -o UserKnownHostsFile="$known" -o GlobalKnownHostsFile=/dev/null
  TGW_SSH_CHECKING=yes
fi
set -- "$@" -o StrictHostKeyChecking="$TGW_SSH_CHECKING"
`;

function call(sudo: boolean, script: string): string {
  const remote = shellWords([...(sudo ? ["sudo", "-n"] : []), "sh", "-c", script]);
  return `ssh "$@" -- "$TGW_SSH_HOST" ${shellWords([remote])}\n`;
}

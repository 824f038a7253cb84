// A systemd unit and its environment file for a gateway process. Neither holds a secret: a token comes by LoadCredential=,
// which only the service itself can read.

export interface SystemdOptions {
  readonly gatewayName: string;
  /** Absolute path of the program, and arguments before `run`. */
  readonly command: readonly string[];
  /** Arguments after `run` and its directories. */
  readonly arguments: readonly string[];
  /** Path of the environment file on the gateway's host. */
  readonly environmentFile: string;
  /** System user. @default - a user that systemd makes for the service; it must be able to read the certificate files */
  readonly user?: string;
  /** Path of a file with a Consul token on the gateway's host. @default - no token */
  readonly tokenFile?: string;
  /** Seconds to drain and stop. */
  readonly stopSeconds: number;
  /** Ports that it listens on. */
  readonly bindPorts: readonly number[];
}

/** A port below needs a capability. */
const FIRST_FREE_PORT = 1024;

/**
 * The unit's text.
 * `Type=simple`, as the process does not tell systemd when it is ready. Exit code 2 means wrong input, which no restart mends.
 * No MemoryDenyWriteExecute: Node compiles code while it runs.
 */
export function renderUnit(options: SystemdOptions): string {
  const { gatewayName, command, user, tokenFile, stopSeconds, bindPorts } = options;
  const capability = bindPorts.some((port) => port < FIRST_FREE_PORT) ? "CAP_NET_BIND_SERVICE" : "";
  const directory = `consul-tgw-${gatewayName}`;
  const run = [...command, "run"].map(unitWord).join(" ");
  // Last, as arguments may end with those of Envoy.
  const args = options.arguments.map((each) => ` ${unitWord(each)}`).join("");
  return lines([
    "[Unit]",
    `Description=Consul terminating gateway ${unitText(gatewayName)}`,
    "Wants=network-online.target",
    "After=network-online.target",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=simple",
    `ExecStart=${run} --state-dir %S/${directory} --run-dir %t/${directory}${args}`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    `EnvironmentFile=${unitText(options.environmentFile)}`,
    ...(tokenFile === undefined
      ? []
      : [`LoadCredential=consul-token:${unitText(tokenFile)}`, "Environment=CONSUL_HTTP_TOKEN_FILE=%d/consul-token"]),
    "Restart=on-failure",
    "RestartSec=2",
    "RestartPreventExitStatus=2",
    // SIGTERM goes to the process alone: it drains Envoy itself.
    "KillMode=mixed",
    `TimeoutStopSec=${stopSeconds}`,
    "LimitNOFILE=1048576",
    ...(user === undefined ? ["DynamicUser=yes"] : [`User=${unitText(user)}`]),
    `StateDirectory=${directory}`,
    "StateDirectoryMode=0700",
    `RuntimeDirectory=${directory}`,
    "RuntimeDirectoryMode=0700",
    "UMask=0077",
    `CapabilityBoundingSet=${capability}`,
    `AmbientCapabilities=${capability}`,
    ...HARDENING,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ]);
}

const HARDENING = [
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
];

/** The environment file's text: sorted, one variable a line, values in double quotes. */
export function renderEnvironment(variables: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
  return lines(sorted.map(([name, value]) => `${name}="${value.replaceAll(/["\\$`]/g, "\\$&")}"`));
}

/** `%` starts a specifier in every setting. */
function unitText(text: string): string {
  return text.replaceAll("%", "%%");
}

/** One argument of a command line, where `$` starts a variable as well. */
function unitWord(word: string): string {
  const text = unitText(word).replaceAll("$", () => "$$");
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function lines(texts: readonly string[]): string {
  return `${texts.join("\n")}\n`;
}

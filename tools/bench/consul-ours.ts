// Our side: `consul-tgw xds` on the servers' HTTPS API, and an Envoy with the bootstrap that `consul-tgw bootstrap` prints.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Child, startChild } from "./consul-child";
import { DRAIN_ARGS, type Side, type SideOptions, xdsBytes } from "./consul-side";
import { until } from "./consul-wait";

const START_MS = 60_000;

export async function makeOurs(options: SideOptions): Promise<Side> {
  const { root, envoyPath, dir, portBase, server } = options;
  mkdirSync(dir, { recursive: true });
  const cli = join(root, "bin/consul-tgw.js");
  const tokenFile = join(dir, "token");
  writeFileSync(tokenFile, server.token, { mode: 0o600 });
  const runDir = join(dir, "run");
  const flags = [
    ...["--gateway", "egress", "--consul-addr", server.httpsAddress, "--ca-file", server.caFile],
    ...["--token-file", tokenFile, "--address", `127.0.0.1:${portBase}`, "--replica", "bench"],
    ...["--state-dir", join(dir, "state"), "--run-dir", runDir],
  ];
  const bootstrap = join(dir, "bootstrap.json");
  const printed = await promisify(execFile)(process.execPath, [cli, "bootstrap", ...flags], { timeout: START_MS });
  writeFileSync(bootstrap, printed.stdout);
  const { admin, static_resources } = JSON.parse(printed.stdout) as Bootstrap;
  const [{ load_assignment }] = static_resources.clusters;
  const adsSocket = load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.pipe.path;
  const children: Child[] = [];
  let control: Child | undefined;
  let envoy: Child | undefined;
  const startControl = (): Child => {
    const child = startChild(process.execPath, [cli, "xds", ...flags, "--json"], { cwd: dir });
    children.push(child);
    return child;
  };
  return {
    name: "consul-tgw",
    control: () => control as Child,
    async start() {
      const started = startControl();
      control = started;
      await until(() => existsSync(adsSocket) || started.exited(), START_MS, "the xDS server listens", 2);
      const args = ["-c", bootstrap, "--disable-hot-restart", ...DRAIN_ARGS, "--log-level", "error"];
      envoy = startChild(envoyPath, args, { cwd: dir });
      children.push(envoy);
      return 0;
    },
    async kill() {
      await control?.kill();
    },
    async restart() {
      control = startControl();
    },
    bytes: () => xdsBytes({ socketPath: admin.address.pipe.path }, "xds"),
    refusals: () => children.reduce((sum, child) => sum + child.refusals(), 0),
    output: () => children.map((child) => child.output()).join("\n"),
    async stop() {
      await Promise.all([envoy?.stop(), control?.stop()]);
    },
  };
}

/** What is read of the bootstrap that we print. */
interface Bootstrap {
  readonly admin: { readonly address: Pipe };
  readonly static_resources: {
    readonly clusters: readonly [
      {
        readonly load_assignment: {
          readonly endpoints: readonly [
            { readonly lb_endpoints: readonly [{ readonly endpoint: { readonly address: Pipe } }] },
          ];
        };
      },
    ];
  };
}

interface Pipe {
  readonly pipe: { readonly path: string };
}

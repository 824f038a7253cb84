// argv → command → exit code: 0 done, 1 failed, 2 wrong usage or input. The only place that prints usage and results.

import { hostname, tmpdir, userInfo } from "node:os";
import { Command, CommanderError } from "commander";
import { formatIssue } from "../model/issues";
import { VERSION } from "../model/version";
import { bootstrapText } from "./bootstrap-command";
import { withConsul, withEnvoy, withOptions, withPlaces, withServers, withSource } from "./cli-options";
import { certificate, check, type Outcome, serve, showStatus } from "./commands";
import { type Flags, type Needs, parseConfig, type RuntimeConfig } from "./config";
import { addRender } from "./render-command";

const withBoth = (command: Command): Command => withOptions(withConsul(command));

type Action = (config: RuntimeConfig, flags: Flags & { readonly json?: boolean }, rest: string[]) => Promise<Outcome>;

/** Runs one command; resolves with the exit code when it is done (`run` and `xds`: when they were stopped). */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("consul-tgw")
    .description("Runs Consul terminating gateways: an xDS server and the Envoy that it configures.")
    .version(VERSION)
    .showHelpAfterError("(add --help for usage)")
    .exitOverride();

  const add = (name: string, needs: Needs, description: string, action: Action): Command =>
    (needs === "running" ? withPlaces : withSource)(program.command(name).description(description)).action(
      async (...args: unknown[]) => {
        const command = args.at(-1) as Command;
        const flags = command.opts<Flags & { json?: boolean }>();
        const config = parseConfig(flags, process.env, thisHost(), needs);
        const outcome: Outcome = config.ok
          ? await action(config.value, flags, command.args)
          : { code: 2, issues: config.error };
        code = report(outcome, flags.json === true);
      },
    );

  const run = add(
    "run",
    "source",
    "Run the gateway: the xDS server and Envoy, until SIGTERM or SIGINT.",
    (config, flags, rest) => serve(config, { envoy: true, json: flags.json === true, envoyArgs: rest }),
  );
  withBoth(withEnvoy(run))
    .argument("[envoy-args...]", "arguments after -- are passed on to Envoy")
    .addHelpText("after", RUN_HELP);
  withBoth(
    add("xds", "source", "Run the xDS server only, for an Envoy that others start (see bootstrap).", (config, flags) =>
      serve(config, { envoy: false, json: flags.json === true, envoyArgs: [] }),
    ),
  );
  withBoth(
    add("bootstrap", "source", "Print the bootstrap configuration for an Envoy that others start.", bootstrapText),
  );
  add(
    "status",
    "running",
    "Show the services of a running gateway; exit code 1 when one waits.",
    showStatus,
  ).addHelpText(
    "after",
    "\nExit codes: 0 every service is served and Envoy runs; 1 a service waits, Envoy does not run, or nothing answers.",
  );
  const validate = add(
    "validate",
    "manifest or key",
    "Check a manifest and the certificate files that it names; print every mistake.",
    (config, flags) => check(config, (flags as { files?: boolean }).files !== false),
  ).option("--no-files", "do not read the certificate files (they are on another host)");
  withServers(validate).addHelpText("after", VALIDATE_HELP);
  add(
    "cert",
    "manifest",
    "Issue a client leaf of the embedded CA, to try the gateway as a mesh service.",
    (config, flags) => certificate(config, flags as unknown as { service: string; out?: string }),
  )
    .requiredOption("--service <name>", "mesh service to be, as in an intention's source")
    .option("--out <dir>", "write <service>.pem, <service>-key.pem and roots.pem here (0600)");

  addRender(
    program,
    (flags) => parseConfig(flags, manifestOf(process.env), thisHost(), "source"),
    (outcome, json) => {
      code = report(outcome, json);
    },
  );

  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

const RUN_HELP = `
Where the gateway gets its state from:
  Consul      when --consul-addr or CONSUL_HTTP_ADDR gives a server: the config entry named by --gateway, live. A manifest
              beside it adds what Consul cannot express (limits, timeouts) and says where to listen. With --manifest-kv it
              is followed in Consul's KV store, which needs key:read on that key.
  standalone  otherwise, or with --standalone: the manifest is the catalog, and an embedded CA issues leaves.

Examples:
  consul-tgw run --manifest cdktf.out -- --log-level warning
  CONSUL_HTTP_ADDR=https://consul.example.com consul-tgw run --gateway egress --token-file token --address 10.0.0.5`;

const VALIDATE_HELP = `
With --manifest-kv the key is read once from Consul, as run would take it, which needs key:read on it; without that flag Consul is
not asked, whatever the environment says.

Example:
  consul-tgw validate --consul-addr https://consul.example.com:8501 --manifest-kv consul-terminating-gateway/egress`;

/** What a command takes of the environment that writes for another host. */
function manifestOf({ CONSUL_TGW_MANIFEST }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // It uses no state directory, and needs none to be named.
  return { CONSUL_TGW_MANIFEST, HOME: "/" };
}

function thisHost(): { readonly uid: number; readonly tmpDir: string; readonly hostname: string } {
  return { uid: userInfo().uid, tmpDir: tmpdir(), hostname: hostname() };
}

function report(outcome: Outcome, json: boolean): number {
  if (json && (outcome.json !== undefined || outcome.issues !== undefined)) {
    process.stdout.write(`${JSON.stringify(outcome.json ?? { issues: outcome.issues }, undefined, 2)}\n`);
  } else if (outcome.text !== undefined) {
    process.stdout.write(outcome.text.endsWith("\n") ? outcome.text : `${outcome.text}\n`);
  }
  for (const issue of json ? [] : (outcome.issues ?? [])) process.stderr.write(`${formatIssue(issue)}\n`);
  return outcome.code;
}

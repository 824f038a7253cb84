// argv → command → exit code: 0 done, 1 failed, 2 wrong usage or input. The only place that prints usage and results.

import { tmpdir, userInfo } from "node:os";
import { Command, CommanderError } from "commander";
import { formatIssue } from "../model/issues";
import { VERSION } from "../model/version";
import { bootstrapText, certificate, check, type Outcome, serve } from "./commands";
import { DEFAULT_DRAIN_TIME_S, type Flags, LOG_LEVELS, parseConfig, type RuntimeConfig } from "./config";

type Action = (config: RuntimeConfig, flags: Flags & { readonly json?: boolean }, rest: string[]) => Promise<Outcome>;

/** Runs one command; resolves with the exit code when it is done (`run` and `xds`: when they were stopped). */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("consul-tgw")
    .description("Runs Consul terminating gateways: an xDS server and the Envoy that it configures.")
    .version(VERSION)
    .showHelpAfterError("(add --help for usage)")
    .exitOverride();

  const add = (name: string, description: string, action: Action): Command =>
    withSource(program.command(name).description(description)).action(async (...args: unknown[]) => {
      const command = args.at(-1) as Command;
      const flags = command.opts<Flags & { json?: boolean }>();
      const config = parseConfig(flags, process.env, { uid: userInfo().uid, tmpDir: tmpdir() });
      const outcome: Outcome = config.ok
        ? await action(config.value, flags, command.args)
        : { code: 2, issues: config.error };
      code = report(outcome, flags.json === true);
    });

  withEnvoy(
    add("run", "Run the gateway: the xDS server and Envoy, until SIGTERM or SIGINT.", (config, flags, rest) =>
      serve(config, { envoy: true, json: flags.json === true, envoyArgs: rest }),
    ),
  )
    .argument("[envoy-args...]", "arguments after -- are passed on to Envoy")
    .addHelpText("after", "\nExample: consul-tgw run --manifest cdktf.out -- --log-level warning");
  add("xds", "Run the xDS server only, for an Envoy that others start (see bootstrap).", (config, flags) =>
    serve(config, { envoy: false, json: flags.json === true, envoyArgs: [] }),
  );
  add("bootstrap", "Print the bootstrap configuration for an Envoy that others start.", bootstrapText);
  add("validate", "Check a manifest and the certificate files that it names; print every mistake.", (config, flags) =>
    check(config, (flags as { files?: boolean }).files !== false),
  ).option("--no-files", "do not read the certificate files (they are on another host)");
  add("cert", "Issue a client leaf of the embedded CA, to try the gateway as a mesh service.", (config, flags) =>
    certificate(config, flags as unknown as { service: string; out?: string }),
  )
    .requiredOption("--service <name>", "mesh service to be, as in an intention's source")
    .option("--out <dir>", "write <service>.pem, <service>-key.pem and roots.pem here (0600)");

  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function withSource(command: Command): Command {
  return command
    .option(
      "--manifest <path>",
      "manifest file, cdktf.out directory, or - for standard input (env CONSUL_TGW_MANIFEST)",
    )
    .option("--gateway <name>", "gateway to take where the source holds several")
    .option("--state-dir <dir>", "private state; default $XDG_STATE_HOME/consul-terminating-gateway")
    .option("--run-dir <dir>", "sockets and bootstrap; default $XDG_RUNTIME_DIR/consul-tgw")
    .option("--log-level <level>", LOG_LEVELS.join(", "), "info")
    .option("--json", "machine-readable output and logs");
}

function withEnvoy(command: Command): Command {
  return command
    .option("--envoy-path <path>", "Envoy binary; default $ENVOY_PATH, then PATH, then the cache")
    .option("--envoy-version <version>", "which cached Envoy to take, as 1.40.0")
    .option("--drain-time <seconds>", "time that connections get to end", String(DEFAULT_DRAIN_TIME_S))
    .option("--concurrency <n>", "Envoy worker threads; default one per CPU");
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

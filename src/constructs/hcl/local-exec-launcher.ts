// Runs the process on the machine that deploys, by provisioners of Terraform's own terraform_data.

import type { Construct } from "constructs";
import { type ScriptEnvironment, startScript, stopScript } from "../../launch/local-exec";
import type { Issue } from "../../model/issues";
import type { LocalExec } from "./arguments";
import type { EngineTypes } from "./engine";
import type { IGatewayLauncher, LaunchContext, LaunchResult } from "./launcher";
import { listIssues, secondsIssues, textIssues } from "./launcher-rules";
import { literal } from "./tokens";

export interface LocalExecProps {
  /** Directory of the process id file and the log; absolute, made if missing. */
  readonly directory: string;
  /** Program and arguments before `run`. @default ["consul-tgw"] */
  readonly command?: readonly string[];
  /** Arguments after `run --manifest <file>`. @default [] */
  readonly arguments?: readonly string[];
  /** Absolute path of the manifest. @default - the file that synth writes, which needs every value to be known then */
  readonly manifestFile?: string;
  /** Seconds until a stopping process is killed. @default 30 */
  readonly stopSeconds?: number;
}

export class LocalExecLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: LocalExecProps;

  constructor(props: LocalExecProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const { directory, command = ["consul-tgw"], arguments: args = [], manifestFile, stopSeconds = 30 } = this.props;
    const found = this.issues();
    const issues = (): readonly Issue[] => [...found, ...lateIssues(manifestFile, context)];
    if (found.length > 0) return { files: [], issues };
    // The stop script may use nothing but these: at destroy Terraform knows the resource itself alone.
    const input: ScriptEnvironment = {
      TGW_DIRECTORY: literal(directory),
      TGW_PID_FILE: literal(`${directory}/${context.gatewayName}.pid`),
      TGW_LOG_FILE: literal(`${directory}/${context.gatewayName}.log`),
      TGW_MANIFEST: manifestFile === undefined ? context.manifestFile : literal(manifestFile),
      TGW_STOP_SECONDS: String(stopSeconds),
    };
    const start = literal(startScript(command, args));
    const started = {
      input: { ...input },
      // A change of any stops the process by what it was started with, and starts it anew.
      triggersReplace: { ...context.identity, ...input, start },
      provisioners: [provisioner(start), { ...provisioner(literal(stopScript())), when: "destroy" as const }],
    };
    return { files: [], process: started, issues };
  }

  private issues(): readonly Issue[] {
    const { directory, command, arguments: args, manifestFile, stopSeconds } = this.props;
    const missing = { path: "launcher.directory", got: "nothing", allowed: "an absolute path", hint: "it is required" };
    return [
      ...(directory === undefined ? [missing] : textIssues("launcher.directory", directory, { absolute: true })),
      ...listIssues("launcher.command", command),
      ...listIssues("launcher.arguments", args),
      ...textIssues("launcher.manifestFile", manifestFile, { absolute: true }),
      ...secondsIssues("launcher.stopSeconds", stopSeconds),
    ];
  }
}

const VARIABLES: readonly (keyof ScriptEnvironment)[] = [
  "TGW_DIRECTORY",
  "TGW_PID_FILE",
  "TGW_LOG_FILE",
  "TGW_MANIFEST",
  "TGW_STOP_SECONDS",
];

function provisioner(command: string): LocalExec {
  const environment = Object.fromEntries(VARIABLES.map((name) => [name, `\${self.input.${name}}`]));
  return { type: "local-exec", command, environment, interpreter: ["/bin/sh", "-c"] };
}

function lateIssues(manifestFile: string | undefined, context: LaunchContext<EngineTypes>): readonly Issue[] {
  if (manifestFile !== undefined || context.isManifestKnown()) return [];
  const allowed = "a path, while the gateway has values that are known only at deployment";
  const hint = "synth writes no manifest then: write it at deployment and say where, or make every value known";
  return [{ path: "launcher.manifestFile", got: "nothing", allowed, hint }];
}

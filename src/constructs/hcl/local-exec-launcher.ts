// Runs the process on the machine that deploys, by provisioners of Terraform's own terraform_data.

import type { Construct } from "constructs";
import { LOCAL_EXEC_RULES, type LocalExecOptions, localExecScripts } from "../../launch/local-exec";
import { withLogin } from "../../launch/login";
import { absolutePath, checkOptions, optional } from "../../launch/rules";
import { toldIssues } from "../../launch/told";
import type { Issue } from "../../model/issues";
import type { EngineTypes } from "./engine";
import type { IGatewayLauncher, LaunchContext, LaunchResult } from "./launcher";
import { provisioner } from "./provisioner";
import { literal } from "./tokens";

export interface LocalExecProps extends LocalExecOptions {
  /** Absolute path of the manifest. @default - the file that synth writes, which needs every value to be known then */
  readonly manifestFile?: string;
}

const RULES = { ...LOCAL_EXEC_RULES, manifestFile: optional(absolutePath) };

export class LocalExecLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: LocalExecProps;

  constructor(props: LocalExecProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const { manifestFile, ...options } = this.props;
    const { followed, login } = context;
    const found = [
      ...checkOptions(this.props, RULES, "launcher"),
      ...toldIssues("launcher.consul", options, context),
      ...(followed === undefined || manifestFile === undefined ? [] : [NO_FILE]),
    ];
    const issues = (): readonly Issue[] => [
      ...found,
      ...(followed === undefined ? lateIssues(manifestFile, context) : []),
    ];
    if (found.length > 0) return { files: [], issues };
    const { environment, start, stop } = localExecScripts(
      context.gatewayName,
      followed ?? manifestFile ?? "",
      withLogin(options, login),
    );
    // The stop script may use nothing but these: at destroy Terraform knows the resource itself alone.
    const input = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, literal(value)]));
    if (followed === undefined && manifestFile === undefined) input.TGW_MANIFEST = context.manifestFile;
    const names = Object.keys(input);
    const started = {
      input,
      // A change of any stops the process by what it was started with, and starts it anew.
      triggersReplace: { ...context.identity, ...input, start: literal(start) },
      provisioners: [
        provisioner(literal(start), names),
        { ...provisioner(literal(stop), names), when: "destroy" as const },
      ],
    };
    return { files: [], process: started, issues };
  }
}

const NO_FILE: Issue = {
  path: "launcher.manifestFile",
  got: "a path",
  allowed: 'nothing with delivery "kv"',
  hint: "leave it out: the process follows the manifest in Consul",
};

function lateIssues(manifestFile: string | undefined, context: LaunchContext<EngineTypes>): readonly Issue[] {
  if (manifestFile !== undefined || context.manifest() !== undefined) return [];
  const allowed = "a path, while the gateway has values that are known only at deployment";
  const hint = "synth writes no manifest then: write it at deployment and say where, or make every value known";
  return [{ path: "launcher.manifestFile", got: "nothing", allowed, hint }];
}

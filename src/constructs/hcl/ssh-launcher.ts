// Brings the gateway to a host over SSH, by provisioners of Terraform's own terraform_data that call `ssh`. Not by Terraform's
// own connections: those check no host key unless one is given, and want the private key as a value.

import type { Construct } from "constructs";
import { checkOptions } from "../../launch/rules";
import { SSH_RULES, type SshOptions, sshEnvironment, sshScripts } from "../../launch/ssh";
import { toldIssues, withTold } from "../../launch/told";
import type { Issue } from "../../model/issues";
import type { EngineTypes } from "./engine";
import { type IGatewayLauncher, type LaunchContext, type LaunchResult, lateManifest, startedIn } from "./launcher";
import { provisioner } from "./provisioner";
import { literal } from "./tokens";

/** `host` and `hostKey` may be known as late as the deployment. */
export interface SshProps extends SshOptions {}

export class SshLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: SshProps;

  constructor(props: SshProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const found = this.issues(context);
    if (found.length > 0) return { files: [], issues: () => found };
    const { identity, manifestFile } = context;
    const gateway = startedIn(context);
    const { install, update, remove } = sshScripts(gateway, withTold(this.props, context));
    // At destroy Terraform knows the resource itself alone.
    const input = Object.fromEntries(
      Object.entries(sshEnvironment(this.props)).map(([name, value]) => [name, literal(value)]),
    );
    const names = Object.keys(input);
    const removal = { ...provisioner(literal(remove), names), when: "destroy" as const };
    const triggers = { ...identity, ...input };
    if (!gateway.readsManifest) {
      const start = literal(install);
      const triggersReplace = { ...triggers, start };
      return {
        files: [],
        process: { input, triggersReplace, provisioners: [provisioner(start, names), removal] },
        issues: () => [],
      };
    }
    const start = literal(withManifest(install));
    // The file is beside the configuration that synth wrote. Neither its path, which is another one elsewhere, nor its text is
    // kept in the state: its hash is.
    const path = { TGW_MANIFEST: manifestFile };
    return {
      files: [],
      process: {
        input,
        triggersReplace: { ...triggers, start },
        provisioners: [provisioner(start, names, path), removal],
      },
      follower: {
        input,
        triggersReplace: { ...input, manifest: `\${filesha256("${manifestFile}")}` },
        provisioners: [provisioner(literal(withManifest(update)), names, path)],
      },
      issues: () => lateManifest(context, "launcher.ssh"),
    };
  }

  private issues(context: LaunchContext<EngineTypes>): readonly Issue[] {
    const { host, hostKey, ...rest } = this.props;
    const late = (value: string | undefined, standIn: string) => (context.isLate(value) ? standIn : value);
    const key = late(hostKey, "ssh-ed25519 AAAA");
    const known = { ...rest, host: late(host, "host") ?? "", ...(key === undefined ? {} : { hostKey: key }) };
    return [...checkOptions(known, SSH_RULES, "launcher"), ...toldIssues("launcher.consul", rest, context)];
  }
}

const withManifest = (script: string): string => `exec <"$TGW_MANIFEST"\n${script}`;

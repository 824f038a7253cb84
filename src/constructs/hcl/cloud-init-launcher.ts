// Renders user data of a virtual machine; handing it to a machine is the user's.

import { gzipSync } from "node:zlib";
import type { Construct } from "constructs";
import { renderUserData, USER_DATA_RULES, type UserDataOptions } from "../../launch/cloud-init";
import { checkOptions } from "../../launch/rules";
import { toldIssues, withTold } from "../../launch/told";
import type { Result } from "../../model/issues";
import type { EngineTypes } from "./engine";
import { type IGatewayLauncher, type LaunchContext, type LaunchResult, lateManifest, startedIn } from "./launcher";

export interface CloudInitProps extends UserDataOptions {}

export class CloudInitLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: CloudInitProps;

  constructor(props: CloudInitProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const rendered = (): Result<string> => {
      const started = startedIn(context);
      const issues = [
        ...checkOptions(this.props, USER_DATA_RULES, "launcher"),
        ...toldIssues("launcher.consul", this.props, context),
        ...(started.readsManifest ? lateManifest(context, "launcher.cloudInit") : []),
      ];
      if (issues.length > 0) return { ok: false, error: issues };
      const gateway = { ...started, manifest: context.manifest() ?? "" };
      const options = withTold(this.props, context);
      return renderUserData(gateway, options, (text) => gzipSync(text).toString("base64"));
    };
    return {
      files: [],
      userData: () => {
        const text = rendered();
        return text.ok ? text.value : "";
      },
      issues: () => {
        const text = rendered();
        return text.ok ? [] : text.error;
      },
    };
  }
}

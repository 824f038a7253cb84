// The launcher `cloudInit`: user data of a virtual machine, once the manifest is known.

import { gzipSync } from "node:zlib";
import type * as pulumi from "@pulumi/pulumi";
import { renderUserData } from "../../launch/cloud-init";
import { startedGateway } from "../../launch/followed";
import { toldOf, withTold } from "../../launch/told";
import type { GatewayModel } from "../../model/gateway";
import type { CloudInitArgs } from "./launcher";
import { mistakesIn } from "./mistakes";

/** Fails with a RunError where it is larger than the cloud takes; `subject` says whose. */
export function userDataOf(
  args: CloudInitArgs,
  model: GatewayModel<unknown>,
  manifest: pulumi.Output<string>,
  subject: string,
): pulumi.Output<string> {
  const started = startedGateway(model);
  const options = withTold(args, toldOf(model));
  return manifest.apply((text) => {
    const userData = renderUserData({ ...started, manifest: text }, options, (plain) =>
      gzipSync(plain).toString("base64"),
    );
    if (!userData.ok) throw mistakesIn(subject, userData.error);
    return userData.value;
  });
}

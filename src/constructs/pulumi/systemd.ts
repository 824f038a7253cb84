// The launcher `systemd`: text of a unit and its environment file.

import { followedOf, withFollowed } from "../../launch/followed";
import { hostFiles } from "../../launch/host-files";
import type { LaunchFile } from "../../launch/options";
import type { GatewayModel } from "../../model/gateway";
import type { SystemdArgs } from "./launcher";

/** The unit goes to /etc/systemd/system, the environment file and the manifest to the launcher's directory. */
export function systemdFiles(args: SystemdArgs, model: GatewayModel<unknown>): readonly LaunchFile[] {
  const { name, bind } = model;
  const followed = followedOf(model);
  // Neither text holds anything of the manifest, which may be late.
  const { unitName, unit, environment } = hostFiles(
    { gatewayName: name, bindPort: bind.port, readsManifest: followed === undefined },
    withFollowed(args, followed),
  );
  return [
    { name: unitName, text: unit },
    { name: `${name}.env`, text: environment },
  ];
}

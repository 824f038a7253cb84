// The launcher `systemd`: text of a unit and its environment file.

import { startedGateway } from "../../launch/followed";
import { systemdFiles } from "../../launch/host-files";
import type { LaunchFile } from "../../launch/options";
import { toldOf, withTold } from "../../launch/told";
import type { GatewayModel } from "../../model/gateway";
import type { SystemdArgs } from "./launcher";

/** Neither text holds anything of the manifest, which may be late. */
export function unitFiles(args: SystemdArgs, model: GatewayModel<unknown>): readonly LaunchFile[] {
  return systemdFiles(startedGateway(model), withTold(args, toldOf(model)));
}

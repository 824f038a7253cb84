// The launchers that need no other provider, by name.

import type { EngineTypes } from "./engine";
import type { IGatewayLauncher } from "./launcher";
import { LocalExecLauncher, type LocalExecProps } from "./local-exec-launcher";
import { SystemdLauncher, type SystemdProps } from "./systemd-launcher";

export class GatewayLauncher {
  /** You start the process yourself, with the manifest. */
  static none(): IGatewayLauncher<EngineTypes> {
    return { bind: () => ({ files: [], issues: () => [] }) };
  }

  /**
   * On the machine that deploys, in the background: for development and demos. Destroy it before you remove it from the
   * program (`terraform destroy -target`): Terraform stops only what is still declared.
   */
  static localExec(props: LocalExecProps): IGatewayLauncher<EngineTypes> {
    return new LocalExecLauncher(props);
  }

  /** Text of a systemd unit and its environment file, in the construct's `files` and beside the stack's cdk.tf.json. */
  static systemd(props: SystemdProps = {}): IGatewayLauncher<EngineTypes> {
    return new SystemdLauncher(props);
  }

  private constructor() {}
}

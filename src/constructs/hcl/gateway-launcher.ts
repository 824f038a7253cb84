// The launchers that need no other provider, by name.

import { CloudInitLauncher, type CloudInitProps } from "./cloud-init-launcher";
import type { EngineTypes } from "./engine";
import type { IGatewayLauncher } from "./launcher";
import { LocalExecLauncher, type LocalExecProps } from "./local-exec-launcher";
import { SshLauncher, type SshProps } from "./ssh-launcher";
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

  /**
   * Over SSH to a host with systemd, as a unit: it needs `ssh` on the machine that deploys. A new manifest is copied there
   * without a restart; destroying stops and removes the unit, and leaves its private state. Host keys are always checked, and
   * no private key is read: yours stays with `ssh` and its agent.
   */
  static ssh(props: SshProps): IGatewayLauncher<EngineTypes> {
    return new SshLauncher(props);
  }

  /** User data of a virtual machine, in the construct's `userData`. Machines read theirs at their first boot only. */
  static cloudInit(props: CloudInitProps = {}): IGatewayLauncher<EngineTypes> {
    return new CloudInitLauncher(props);
  }

  private constructor() {}
}

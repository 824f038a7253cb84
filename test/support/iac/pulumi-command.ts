// The resource that a Pulumi program makes of a launcher's command.
import { CustomResource } from "@pulumi/pulumi";
import { COMMAND } from "./pulumi-command-provider";

/** As `local.Command` of @pulumi/command, with the option that the launcher's docstring asks for. */
export class Command extends CustomResource {
  constructor(name: string, inputs: Record<string, unknown>) {
    super(COMMAND, name, inputs, { deleteBeforeReplace: true, version: "1.2.1" });
  }
}

// What a gateway asks of a service that is linked to it, whether a construct owns the service or not.

import type { IConstruct } from "constructs";
import type { IntentionProps, ServiceProps } from "../../model/props";
import type { EngineTypes } from "./engine";

/** Who may call, and how. */
export type AllowProps = Omit<IntentionProps, "source" | "action">;

/** An external service, declared here or elsewhere. */
export interface IExternalService<E extends EngineTypes> extends IConstruct {
  readonly serviceName: string;
  /** Lets mesh services call it. */
  allowFrom(...sources: readonly string[]): this;
  /** Lets a mesh service call it under L7 permissions. */
  allowFrom(source: string, rules: AllowProps): this;
  /** For gateways: the declaration as it is now, or undefined while it has mistakes of its own. */
  linked(): LinkedService<E> | undefined;
}

export interface LinkedService<E extends EngineTypes> {
  /** Instances with their ids and nodes spelled out. */
  readonly props: ServiceProps<string>;
  /** @default - the default partition */
  readonly partition?: string;
  /** Where it is registered, as far as the program says it when asked. @default - anywhere */
  readonly datacenter?: () => string | undefined;
  /** What must exist before a gateway opens the way to it. */
  readonly resources: readonly E["resource"][];
}

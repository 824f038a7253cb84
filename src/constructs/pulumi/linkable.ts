// What a gateway asks of a service that is linked to it, whether a component owns the service or not.

import * as pulumi from "@pulumi/pulumi";
import type { IntentionProps, ServiceProps } from "../../model/props";
import type { Leaf } from "./leaves";

/** Who may call, and how. */
export type AllowArgs = Omit<IntentionProps, "source" | "action">;

/** An external service, declared here or elsewhere. */
export interface IExternalService {
  readonly serviceName: string;
  /** Lets mesh services call it. */
  allowFrom(...sources: readonly string[]): this;
  /** Lets a mesh service call it under L7 permissions. */
  allowFrom(source: string, rules: AllowArgs): this;
  /** For gateways: what was declared, which is complete from now on. */
  linked(): LinkedService;
}

export interface LinkedService {
  /** Instances of an own service have their ids and nodes spelled out. */
  readonly props: ServiceProps<Leaf>;
  /** @default - the default partition */
  readonly partition?: string;
  /** Where it is registered, where its provider says so. @default - anywhere */
  readonly datacenter?: pulumi.Output<string | undefined>;
  /** What must exist before a gateway opens the way to it. */
  readonly components: readonly pulumi.Resource[];
}

/** A service that others register and configure: nothing is created for it. */
export class ImportedService implements IExternalService {
  readonly serviceName: string;
  private readonly props: ServiceProps<Leaf>;

  constructor(props: ServiceProps<Leaf>) {
    this.serviceName = props.name;
    this.props = props;
  }

  allowFrom(): this {
    const text = `"${this.serviceName}" is declared elsewhere, and so are its intentions: allowFrom() has no effect here`;
    void pulumi.log.warn(text);
    return this;
  }

  linked(): LinkedService {
    return { props: this.props, components: [] };
  }
}

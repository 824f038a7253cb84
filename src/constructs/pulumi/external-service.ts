// ExternalService: an external service declared apart from its gateway, with its nodes, protocol and intentions.

import * as pulumi from "@pulumi/pulumi";
import type { Peek } from "../../model/build";
import { nodeIssue } from "../../model/federation";
import type { ServiceModel } from "../../model/gateway";
import { planServices } from "../../model/plan";
import type { ServiceProps } from "../../model/props";
import { datacenterOf, judgeDatacenters } from "./datacenter";
import type { ExternalNode } from "./external-node";
import { gateService, type Leaf, peek } from "./leaves";
import { type AllowArgs, type IExternalService, ImportedService, type LinkedService } from "./linkable";
import { issuesOf, mistakesIn, tooLate } from "./mistakes";
import { realise } from "./realise";
import { type DeclaredService, judgeService, linkedProps, withAllowed } from "./service-declaration";

/**
 * As a service of a gateway's declaration. TLS may be said here or at each link; names of nodes that are not given start
 * with the service's own name.
 */
export interface ExternalServiceArgs extends DeclaredService {
  /** Enterprise admin partition; its gateway must be in the same one. @default - none: it is not sent */
  readonly partition?: string;
}

/**
 * It owns the catalog services, the `service-defaults` and the `service-intentions` entry of its name: an entry that exists
 * already is overwritten, and all are deleted with the component. They are created once the synchronous part of the
 * program is through, so that allowFrom() may be called after construction.
 */
export class ExternalService extends pulumi.ComponentResource<void> implements IExternalService {
  /** A service that others register and configure; to link it, say where it is with fromServiceAttributes(). */
  static fromServiceName(name: string): IExternalService {
    return new ImportedService({ name });
  }

  /** A service that others register and configure: nothing is created, what is given goes into gateways' manifests. */
  static fromServiceAttributes(props: ServiceProps<pulumi.Input<string>>): IExternalService {
    return new ImportedService(props);
  }

  readonly serviceName: string;
  private readonly subject: string;
  private readonly componentName: string;
  private args: ExternalServiceArgs;
  private made: LinkedService | undefined;

  /** @throws RunError with every mistake in the arguments */
  constructor(name: string, args: ExternalServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `ExternalService "${name}"`;
    accept(args, subject);
    super("consul-terminating-gateway:index:ExternalService", name, {}, opts);
    this.serviceName = args.name;
    this.subject = subject;
    this.componentName = name;
    this.args = args;
  }

  /** @throws RunError where a source is wrong or named already, or where the resources are being made */
  allowFrom(...sources: readonly string[]): this;
  allowFrom(source: string, rules: AllowArgs): this;
  allowFrom(...sources: readonly (string | AllowArgs)[]): this {
    if (this.made !== undefined) throw tooLate(this.subject, "allowFrom()");
    const args = withAllowed(this.args, sources);
    accept(args, this.subject);
    this.args = args;
    return this;
  }

  linked(): LinkedService {
    this.made ??= this.make();
    return this.made;
  }

  protected override async initialize(): Promise<void> {
    await Promise.resolve();
    this.linked();
  }

  private make(): LinkedService {
    const { subject, componentName: name } = this;
    const { partition, ...declared } = this.args;
    const recheck = (known: Peek<Leaf>) => issuesOf(judgeService(declared, known));
    const model = gateService(accept(this.args, subject), { subject, recheck });
    const { node } = declared;
    const context = partition === undefined ? {} : { partition };
    realise(planServices([model], context), {
      parent: this,
      name,
      subject,
      nodes: new Map(node === undefined ? [] : [[node.nodeName, node.name]]),
      elsewhere: node === undefined ? [] : [node],
      ...(node === undefined ? {} : { judged: this.judgePlace(node) }),
    });
    this.registerOutputs({ serviceName: this.serviceName });
    return { props: linkedProps(declared, model), ...context, datacenter: datacenterOf(this), components: [this] };
  }

  /** Fails where the node is registered in another datacenter. */
  private judgePlace(node: ExternalNode): Promise<void> {
    return judgeDatacenters(this.subject, [datacenterOf(node), datacenterOf(this)], ([there, home]) =>
      there === undefined || home === undefined || there === home ? [] : [nodeIssue(there, home)],
    );
  }
}

function accept(args: ExternalServiceArgs, subject: string): ServiceModel<Leaf> {
  const { partition: _notOfTheService, ...declared } = args;
  const result = judgeService(declared, peek);
  if (!result.ok) throw mistakesIn(subject, result.error);
  return result.value;
}

// ExternalService: an external service declared apart from its gateway, with its nodes, protocol and intentions.

import { Construct } from "constructs";
import { nodeIssue } from "../../model/federation";
import type { Issue } from "../../model/issues";
import { type PlanContext, planServices } from "../../model/plan";
import type { PlanItem } from "../../model/plan-types";
import type { ServiceProps } from "../../model/props";
import { datacenterOf } from "./datacenter";
import type { Engine, EngineTypes } from "./engine";
import type { ExternalNode } from "./external-node";
import type { AllowProps, IExternalService, LinkedService } from "./linkable";
import { reportAtSynth } from "./mistakes";
import { ownNames } from "./owned-names";
import { realise, type Site } from "./realise";
import { ServiceDeclaration } from "./service-declaration";

/**
 * As a service of a gateway's declaration. TLS may be said here or at each link; names of nodes that are not given start
 * with the service's own name.
 */
export interface ExternalServiceProps<E extends EngineTypes> extends ServiceProps<string> {
  /** Instead of an address. @default - nodes of its own, one for each address */
  readonly node?: ExternalNode<E>;
  /** Enterprise admin partition; its gateway must be in the same one. @default - none: it is not sent */
  readonly partition?: string;
  /** Passed to every resource; its datacenter is where they are. @default - the stack's default Consul provider */
  readonly provider?: E["provider"];
}

/**
 * It owns the catalog services, the `service-defaults` and the `service-intentions` entry of its name: an entry that exists
 * already is overwritten, and all are deleted when the construct is removed.
 */
export class ExternalService<E extends EngineTypes> extends Construct implements IExternalService<E> {
  readonly serviceName: string;
  private readonly engine: Engine<E>;
  private readonly declaration: ServiceDeclaration;
  private readonly context: PlanContext;
  private readonly site: Site<E>;
  private readonly taken: Issue[] = [];

  constructor(engine: Engine<E>, scope: Construct, id: string, props: ExternalServiceProps<E>) {
    super(scope, id);
    this.engine = engine;
    const { provider, partition, ...declared } = props;
    this.serviceName = declared.name;
    this.declaration = new ServiceDeclaration(engine, declared);
    this.context = partition === undefined ? {} : { partition };
    const made = new Map<string, E["resource"]>();
    const { node } = declared;
    if (node?.resource !== undefined) made.set(`node-${node.nodeName}`, node.resource);
    this.site = {
      engine,
      scope: this,
      provider,
      made,
      latest: (key) => this.plan().find((each) => each.key === key),
    };
    reportAtSynth(this, () => {
      const model = this.declaration.model();
      return [...(model.ok ? [] : model.error), ...this.taken, ...this.nodeIssues(node)];
    });
    // A node with mistakes is not there; it reports them.
    if (node === undefined || node.resource !== undefined) this.realise();
  }

  allowFrom(...sources: readonly string[]): this;
  allowFrom(source: string, rules: AllowProps): this;
  allowFrom(...sources: readonly (string | AllowProps)[]): this {
    this.declaration.allow(sources);
    if (this.site.made.size > 0) this.realise();
    return this;
  }

  linked(): LinkedService<E> | undefined {
    const props = this.declaration.linkedProps();
    if (props === undefined) return undefined;
    const last = this.plan().filter((item) => item.kind === "service" || item.kind === "config-entry");
    const resources = last.flatMap(({ key }) => this.site.made.get(key) ?? []);
    return { props, ...this.context, datacenter: () => this.datacenter(), resources };
  }

  private datacenter(): string | undefined {
    return datacenterOf(this.engine, this, this.site.provider);
  }

  private nodeIssues(node: ExternalNode<E> | undefined): readonly Issue[] {
    const there = node?.datacenter;
    const home = this.datacenter();
    return there === undefined || home === undefined || there === home ? [] : [nodeIssue(there, home)];
  }

  private plan(): readonly PlanItem<string>[] {
    const model = this.declaration.model();
    return model.ok ? planServices([model.value], this.context) : [];
  }

  private realise(): void {
    const items = this.plan().filter(({ key }) => !this.site.made.has(key));
    this.taken.push(...ownNames(this.engine, this, items, { provider: this.site.provider }));
    realise(items, this.site);
  }
}

// ExternalService: an external service declared apart from its gateway, with its nodes, protocol and intentions.

import { Annotations, type TerraformProvider, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { Issue } from "../../model/issues";
import { type PlanContext, planServices } from "../../model/plan";
import type { PlanItem } from "../../model/plan-types";
import type { ServiceProps } from "../../model/props";
import type { AllowProps, IExternalService, LinkedService } from "./linkable";
import { reportAtSynth } from "./mistakes";
import { ownNames } from "./owned-names";
import { realise, type Site } from "./realise";
import { type DeclaredService, ServiceDeclaration } from "./service-declaration";

/**
 * As a service of a gateway's declaration. TLS may be said here or at each link; names of nodes that are not given start
 * with the service's own name.
 */
export interface ExternalServiceProps extends DeclaredService {
  /** Enterprise admin partition; its gateway must be in the same one. @default - none: it is not sent */
  readonly partition?: string;
  /** @default - the stack's default Consul provider */
  readonly provider?: TerraformProvider;
}

/**
 * It owns the catalog services, the `service-defaults` and the `service-intentions` entry of its name: an entry that exists
 * already is overwritten, and all are deleted when the construct is removed.
 */
export class ExternalService extends Construct implements IExternalService {
  /** A service that others register and configure; to link it, say where it is with fromServiceAttributes(). */
  static fromServiceName(scope: Construct, id: string, name: string): IExternalService {
    return new ImportedService(scope, id, { name });
  }

  /** A service that others register and configure: nothing is created, what is given goes into gateways' manifests. */
  static fromServiceAttributes(scope: Construct, id: string, props: ServiceProps<string>): IExternalService {
    return new ImportedService(scope, id, props);
  }

  readonly serviceName: string;
  private readonly declaration: ServiceDeclaration;
  private readonly context: PlanContext;
  private readonly site: Site;
  private readonly taken: Issue[] = [];

  constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, id);
    const { provider, partition, ...declared } = props;
    this.serviceName = declared.name;
    this.declaration = new ServiceDeclaration(declared);
    this.context = partition === undefined ? {} : { partition };
    const made = new Map<string, TerraformResource>();
    const { node } = declared;
    if (node?.resource !== undefined) made.set(`node-${node.nodeName}`, node.resource);
    this.site = {
      scope: this,
      provider,
      made,
      latest: (key) => this.plan().find((each) => each.key === key),
    };
    reportAtSynth(this, () => {
      const model = this.declaration.model();
      return [...(model.ok ? [] : model.error), ...this.taken];
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

  linked(): LinkedService | undefined {
    const props = this.declaration.linkedProps();
    if (props === undefined) return undefined;
    const last = this.plan().filter((item) => item.kind === "service" || item.kind === "config-entry");
    return { props, ...this.context, resources: last.flatMap(({ key }) => this.site.made.get(key) ?? []) };
  }

  private plan(): readonly PlanItem<string>[] {
    const model = this.declaration.model();
    return model.ok ? planServices([model.value], this.context) : [];
  }

  private realise(): void {
    const items = this.plan().filter(({ key }) => !this.site.made.has(key));
    this.taken.push(...ownNames(this, items, this.site.provider));
    realise(items, this.site);
  }
}

class ImportedService extends Construct implements IExternalService {
  readonly serviceName: string;
  private readonly props: ServiceProps<string>;

  constructor(scope: Construct, id: string, props: ServiceProps<string>) {
    super(scope, id);
    this.serviceName = props.name;
    this.props = props;
  }

  allowFrom(): this {
    Annotations.of(this).addWarning(
      `"${this.serviceName}" is declared elsewhere, and so are its intentions: allowFrom() has no effect here`,
    );
    return this;
  }

  linked(): LinkedService {
    return { props: this.props, resources: [] };
  }
}

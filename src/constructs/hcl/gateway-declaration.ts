// The declaration of one gateway, which grows by link(): props and linked services in, model, plan and mistakes out.

import { linkIssue } from "../../model/federation";
import type { GatewayModel } from "../../model/gateway";
import type { Issue, Result } from "../../model/issues";
import { planGateway } from "../../model/plan";
import type { ManifestItem, PlanItem } from "../../model/plan-types";
import { type Policy, policyIssues } from "../../model/policy";
import type { GatewayProps, ServiceProps, TlsProps } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import { validate } from "../../model/validate";
import type { EngineTypes, Tokens } from "./engine";
import type { IExternalService, LinkedService } from "./linkable";
import { isKnown, peekBy } from "./tokens";

interface Link<E extends EngineTypes> {
  readonly service: IExternalService<E>;
  readonly tls: TlsProps<string> | undefined;
}

/** One state of the declaration. */
interface Judged {
  /** What it was made from. */
  readonly from: readonly ServiceProps<string>[];
  readonly model: Result<GatewayModel<string>>;
  readonly items: readonly PlanItem<string>[];
}

export class GatewayDeclaration<E extends EngineTypes> {
  private readonly links: Link<E>[] = [];
  private judged: Judged | undefined;
  private readonly props: GatewayProps<string>;
  private readonly tokens: Tokens;
  private readonly policies: readonly Policy[] | undefined;

  constructor(tokens: Tokens, props: GatewayProps<string>, policies: readonly Policy[] | undefined) {
    this.policies = policies;
    this.tokens = tokens;
    this.props = props;
  }

  link(service: IExternalService<E>, tls: TlsProps<string> | undefined): void {
    this.links.push({ service, tls });
  }

  /** The gateway with all services linked so far; those with mistakes of their own report them and are left out. */
  model(): Result<GatewayModel<string>> {
    return this.judge().model;
  }

  /** Items of the gateway itself, as they are now; none while there are mistakes. */
  items(): readonly PlanItem<string>[] {
    return this.judge().items;
  }

  manifest(): ManifestItem<string> | undefined {
    return this.items().find((item) => item.kind === "manifest");
  }

  /** Whether the manifest can be written at synth. */
  isManifestKnown(): boolean {
    return isKnown(this.tokens, this.manifest()?.args.manifest);
  }

  linked(): readonly LinkedService<E>[] {
    return this.links.flatMap(({ service }) => service.linked() ?? []);
  }

  issues(): readonly Issue[] {
    const model = this.model();
    const own = model.ok
      ? policyIssues(this.policies, model.value, peekBy(this.tokens))
      : model.error.map((issue) => this.atLink(issue));
    return [...own, ...this.placeIssues()];
  }

  private judge(): Judged {
    const parts = this.links.flatMap((link) => {
      const linked = link.service.linked();
      return linked === undefined ? [] : [{ link, props: linked.props }];
    });
    const from = parts.map(({ props }) => props);
    const last = this.judged;
    if (last !== undefined && from.length === last.from.length && from.every((each, i) => each === last.from[i])) {
      return last;
    }
    const added = parts.map(({ link, props }) => this.asService(link, props));
    const { services } = this.props;
    // What is no list is validate()'s to report.
    const all = services === undefined ? added : Array.isArray(services) ? [...services, ...added] : services;
    const model = validate<string>(
      all.length === 0 ? this.props : { ...this.props, services: all },
      peekBy(this.tokens),
    );
    this.judged = { from, model, items: model.ok ? planGateway(model.value) : [] };
    return this.judged;
  }

  /** A service without a namespace is in the default one, wherever the gateway is. */
  private asService({ tls }: Link<E>, props: ServiceProps<string>): ServiceProps<string> {
    const isElsewhere = this.props.namespace !== undefined && props.namespace === undefined;
    return {
      ...props,
      ...(isElsewhere ? { namespace: DEFAULT_TENANCY } : {}),
      ...(tls === undefined ? {} : { tls }),
    };
  }

  /** `services[3].tls` of a linked service is the user's `link("name").tls`. */
  private atLink(issue: Issue): Issue {
    const own = Array.isArray(this.props.services) ? this.props.services.length : 0;
    const names = this.links.flatMap(({ service }) => (service.linked() === undefined ? [] : service.serviceName));
    const rename = (text: string): string =>
      text.replaceAll(/services\[(\d+)\]/g, (path, index: string) =>
        Number(index) < own ? path : `link("${names[Number(index) - own]}")`,
      );
    return { ...issue, path: rename(issue.path), got: rename(issue.got) };
  }

  private placeIssues(): readonly Issue[] {
    const { datacenter: home, partition: own = DEFAULT_TENANCY } = this.props;
    return this.links.flatMap(({ service }) => {
      const linked = service.linked();
      const { serviceName } = service;
      // What is declared elsewhere may be anywhere.
      if (linked === undefined || linked.resources.length === 0) return [];
      const { partition = DEFAULT_TENANCY } = linked;
      const hint = "a gateway serves its own partition: give both the same";
      const there = linked.datacenter?.();
      return [
        ...(partition === own
          ? []
          : [{ path: `link("${serviceName}")`, got: `partition "${partition}"`, allowed: `"${own}"`, hint }]),
        ...(there === undefined || there === home ? [] : [linkIssue(serviceName, there, home)]),
      ];
    });
  }
}

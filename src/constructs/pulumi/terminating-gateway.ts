// TerminatingGateway: one declaration of a gateway and all that it reaches.

import * as pulumi from "@pulumi/pulumi";
import { authMethodName } from "../../model/acl-names";
import { linkIssue, providerIssue } from "../../model/federation";
import type { GatewayModel } from "../../model/gateway";
import { given } from "../../model/given";
import type { Issue } from "../../model/issues";
import { decodeManifest } from "../../model/manifest";
import { manifestKey } from "../../model/manifest-names";
import { exportWarning } from "../../model/pgp-key";
import { plan } from "../../model/plan";
import type { PlanItem } from "../../model/plan-types";
import { type Policy, policyIssues } from "../../model/policy";
import type { GatewayProps, TlsProps } from "../../model/props";
import { validate } from "../../model/validate";
import { datacenterOf, judgeDatacenters } from "./datacenter";
import { declareGateway } from "./gateway-declaration";
import { type Leaf, peek } from "./leaves";
import type { IExternalService, LinkedService } from "./linkable";
import { issuesOf, mistakesIn, tooLate } from "./mistakes";
import { type Resources, realise } from "./realise";
import { renderManifest } from "./render";
import { encryptedIn } from "./token-secret";

/** Addresses, SNI, file paths and what only an auth method holds may be Outputs; all else is known at once, nothing may be secret. */
export interface TerminatingGatewayArgs extends GatewayProps<pulumi.Input<string>> {}

/** Options are for programs in TypeScript; arguments for those in any language, and functions cannot cross over. */
export interface TerminatingGatewayOptions extends pulumi.ComponentResourceOptions {
  /** Rules of your organisation; judged at once, with each link, and with each late value before it is used. @default [] */
  readonly policies?: readonly Policy[];
}

/** A terminating gateway, declared here or elsewhere. */
export interface ITerminatingGateway {
  /** Name of the gateway service. */
  readonly gatewayName: pulumi.Output<string>;
}

/** What is known once the children are made. */
interface Made {
  readonly manifest: pulumi.Output<string>;
  readonly encryptedTokenSecret?: pulumi.Output<string>;
}

/**
 * Creates the nodes, services, config entries, ACL policy, role and token. They are created once the synchronous part of the
 * program is through, so that services may be linked after construction.
 *
 * The names of config entries are global in a datacenter: an existing `terminating-gateway` entry of this name is overwritten
 * without a warning, and deleted with the component. Nodes of a name that you give are taken over and later destroyed with
 * everything registered on them. ACL policies and roles of an existing name are refused at deployment.
 * What others change in Consul is only seen by `pulumi up --refresh`.
 */
export class TerminatingGateway extends pulumi.ComponentResource<Made> implements ITerminatingGateway {
  /** A gateway that is declared elsewhere: nothing is created for it. */
  static fromGatewayName(gatewayName: string): ITerminatingGateway {
    return { gatewayName: pulumi.output(gatewayName) };
  }

  readonly gatewayName: pulumi.Output<string>;
  /**
   * Canonical text of the manifest that the runtime boots from; never secret. Whoever takes it waits until the gateway's
   * config entry and token are there.
   */
  readonly manifest: pulumi.Output<string>;
  /**
   * The secret of the gateway's token, encrypted to `acl.exportToken.pgpKey`, in base64; it stays the same text until token or
   * key change. Undefined where nothing is exported.
   */
  readonly encryptedTokenSecret: pulumi.Output<string> | undefined;
  /** Identity and bind as validated; services that are linked later are not in it. */
  readonly model: GatewayModel<Leaf>;
  private readonly subject: string;
  private readonly componentName: string;
  private readonly args: TerminatingGatewayArgs;
  private readonly policies: readonly Policy[];
  private readonly links: { readonly service: IExternalService; readonly tls: TlsProps<Leaf> | undefined }[] = [];
  private isComplete = false;

  /** @throws RunError with every mistake in the declaration */
  constructor(name: string, args: TerminatingGatewayArgs, opts: TerminatingGatewayOptions = {}) {
    const { policies = [], ...options } = opts;
    const subject = `TerminatingGateway "${name}"`;
    const result = validate<Leaf>(args, peek);
    const issues = result.ok ? policyIssues(policies, result.value, peek) : result.error;
    if (!result.ok || issues.length > 0) throw mistakesIn(subject, issues);
    super("consul-terminating-gateway:index:TerminatingGateway", name, {}, options);
    this.subject = subject;
    this.componentName = name;
    this.args = args;
    this.policies = policies;
    this.model = result.value;
    this.gatewayName = pulumi.output(args.name);
    this.manifest = pulumi.output(this.getData().then(({ manifest }) => manifest));
    const { exportToken } = this.model.acl;
    if (exportToken === undefined) return;
    void pulumi.log.warn(exportWarning(args.name, peek(exportToken.pgpKey)), this);
    this.encryptedTokenSecret = pulumi.output(this.getData().then((made) => made.encryptedTokenSecret ?? ""));
  }

  /**
   * Serves a service that is declared on its own.
   * @param tls TLS of this link @default - the service's own
   * @throws RunError where the resources are being made
   */
  link(service: IExternalService, tls?: TlsProps<pulumi.Input<string>>): this {
    if (this.isComplete) throw tooLate(this.subject, "link()");
    this.links.push({ service, tls });
    return this;
  }

  /** Key of Consul's KV store for `--manifest-kv` of the process; undefined unless `delivery` is "kv". */
  get manifestKey(): string | undefined {
    return this.model.delivery === "kv" ? manifestKey(this.model.name) : undefined;
  }

  /** Name of the auth method for `consul.authMethod` of a launcher; undefined where the process is given a token. */
  get authMethodName(): string | undefined {
    return this.model.auth === undefined ? undefined : authMethodName(this.model);
  }

  protected override async initialize(): Promise<Made> {
    await Promise.resolve();
    this.isComplete = true;
    return this.make();
  }

  private make(): Made {
    const { subject, componentName: name, gatewayName } = this;
    const links = this.links.map(({ service, tls }) => ({ ...service.linked(), tls }));
    const declared = declareGateway(this.args, links, { subject, policies: this.policies });
    if (!declared.ok) throw mistakesIn(subject, declared.error);
    const { model, own } = declared.value;
    const items = plan(model, own);
    const made = realise(items, {
      parent: this,
      name,
      subject,
      datacenter: this.args.datacenter,
      elsewhere: links.flatMap(({ components }) => components),
      judged: this.judgePlaces(links),
    });
    const manifest = manifestIn(items, made, subject);
    const exported = given({ encryptedTokenSecret: encryptedIn(made) });
    this.registerOutputs({ gatewayName, manifest, ...exported });
    return { manifest, ...exported };
  }

  /** Fails where the gateway or a service that is linked to it is registered in another datacenter. */
  private judgePlaces(links: readonly LinkedService[]): Promise<void> {
    const { datacenter: home } = this.args;
    const check = (there: string | undefined, issue: (there: string) => Issue): readonly Issue[] =>
      there === undefined || there === home ? [] : [issue(there)];
    const all = [datacenterOf(this), ...links.map(({ datacenter }) => datacenter)];
    return judgeDatacenters(this.subject, all, ([own, ...linked]) => [
      ...check(own, (each) => providerIssue(home, each)),
      ...links.flatMap(({ props }, index) => check(linked[index], (each) => linkIssue(props.name, each, home))),
    ]);
  }
}

/** The manifest, if the runtime would take it: two late values may be at odds although each is right in itself. */
function manifestIn(items: readonly PlanItem<Leaf>[], made: Resources, subject: string): pulumi.Output<string> {
  const item = items.find((each) => each.kind === "manifest");
  if (item === undefined) throw new Error("the plan has no manifest");
  const after = item.dependsOn.flatMap((key) => made.get(key)?.urn ?? []);
  return pulumi.all([renderManifest(item), pulumi.all(after)]).apply(([text]) => {
    const issues = issuesOf(decodeManifest(JSON.parse(text)));
    if (issues.length > 0) throw mistakesIn(`the manifest of ${subject}`, issues);
    return text;
  });
}

// The declaration of one service, which grows by allowFrom(): props in, model and mistakes out.

import type { ServiceModel } from "../../model/gateway";
import type { Issue, Result } from "../../model/issues";
import type { IntentionProps, ServiceProps } from "../../model/props";
import { validateService } from "../../model/validate";
import type { Tokens } from "./engine";
import type { AllowProps } from "./linkable";
import { peekBy } from "./tokens";

/** A node that is declared on its own. */
export interface DeclaredNode {
  readonly nodeName: string;
  readonly address: string;
}

export interface DeclaredService extends ServiceProps<string> {
  readonly node?: DeclaredNode;
}

export class ServiceDeclaration {
  private props: DeclaredService;
  private current: Result<ServiceModel<string>> | undefined;
  private spelledOut: ServiceProps<string> | undefined;
  private readonly tokens: Tokens;

  constructor(tokens: Tokens, props: DeclaredService) {
    this.tokens = tokens;
    this.props = props;
  }

  /** Judged anew after each change. */
  model(): Result<ServiceModel<string>> {
    this.current ??= judge(this.tokens, this.props);
    return this.current;
  }

  allow(sources: readonly (string | AllowProps)[]): void {
    const [source, rules] = sources;
    const { allowFrom, intentions } = this.props;
    if (typeof source === "string" && typeof rules === "object" && rules !== null) {
      const added: IntentionProps = { ...rules, source };
      this.props = { ...this.props, intentions: [...(intentions ?? []), added] };
    } else {
      // Whatever is no name is reported with its place in the list.
      this.props = { ...this.props, allowFrom: [...(allowFrom ?? []), ...(sources as readonly string[])] };
    }
    this.current = undefined;
    this.spelledOut = undefined;
  }

  /** For a gateway: every id and node name spelled out, so that it derives no others. The same object until a change. */
  linkedProps(): ServiceProps<string> | undefined {
    const model = this.model();
    if (!model.ok) return undefined;
    const { node: _node, address: _address, port: _port, instances: _instances, ...rest } = this.props;
    const { instances } = model.value;
    this.spelledOut ??= instances.length === 0 ? rest : { ...rest, instances: [...instances] };
    return this.spelledOut;
  }
}

function judge(tokens: Tokens, declared: DeclaredService): Result<ServiceModel<string>> {
  const { node, ...service } = declared;
  const conflicts = node === undefined ? [] : nodeConflicts(service);
  const { address: _address, port, instances: _instances, ...rest } = service;
  const props = node === undefined ? service : { ...rest, instances: [{ ...placeOf(node), port }] };
  // The service's own name starts the names of its nodes: whoever declares a service owns its name in the datacenter.
  const context = { owner: String(declared.name), linkedElsewhere: true };
  const result = validateService<string>(props, context, peekBy(tokens));
  if (result.ok && conflicts.length === 0) return result;
  return { ok: false, error: [...conflicts, ...(result.ok ? [] : result.error).map((each) => atProps(each, node))] };
}

function placeOf({ address, nodeName }: DeclaredNode): { readonly address: string; readonly node: string } {
  return { address, node: nodeName };
}

function nodeConflicts(service: object): readonly Issue[] {
  return ["address", "instances"]
    .filter((key) => Object.hasOwn(service, key))
    .map((path) => ({
      path,
      got: "a value beside node",
      allowed: "one of the two",
      hint: "the node says where the instance is",
    }));
}

/** The user wrote neither `service` nor, with a node, `instances[0]`. */
function atProps(issue: Issue, node: DeclaredNode | undefined): Issue {
  const path = node === undefined ? issue.path : issue.path.replace("service.instances[0].", "service.");
  return { ...issue, path: path.replace(/^service\./, "") };
}

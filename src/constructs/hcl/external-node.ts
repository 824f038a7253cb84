// ExternalNode: an agent-less catalog node that carries instances of external services.

import { Construct } from "constructs";
import type { Issue } from "../../model/issues";
import type { NodeItem } from "../../model/plan-types";
import { ID, TENANCY } from "../../model/validate/names";
import { object, optional, type Reading, required } from "../../model/validate/reading";
import { HOST, leaf, meta, text } from "../../model/validate/scalars";
import { datacenterOf } from "./datacenter";
import type { Engine, EngineTypes, Tokens } from "./engine";
import { reportAtSynth } from "./mistakes";
import { ownNames } from "./owned-names";
import { realise } from "./realise";
import { peekBy } from "./tokens";

export interface ExternalNodeProps<E extends EngineTypes> {
  /** IP address or hostname of the external host; may be late. */
  readonly address: string;
  /**
   * Name in the catalog. A node of that name that exists already is taken over, and destroyed later with everything that
   * is registered on it: never give the name of a Consul agent's node, whose agent would remove the services as well.
   * @default - the construct's path with `-` for `/`, and `-external`
   */
  readonly name?: string;
  /** Enterprise admin partition. @default - none: it is not sent */
  readonly partition?: string;
  /** More metadata beside `external-node`. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** Passed to every resource; its datacenter is where they are. @default - the stack's default Consul provider */
  readonly provider?: E["provider"];
}

/** Several services may share one; when its address changes they are replaced together with it. */
export class ExternalNode<E extends EngineTypes> extends Construct {
  /** Name in the catalog. */
  readonly nodeName: string;
  readonly address: string;
  /** The resource; undefined while the props are wrong, which synth reports. */
  readonly resource: E["resource"] | undefined;
  private readonly engine: Engine<E>;
  private readonly provider: E["provider"] | undefined;

  constructor(engine: Engine<E>, scope: Construct, id: string, props: ExternalNodeProps<E>) {
    super(scope, id);
    const { provider, ...declared } = props;
    this.engine = engine;
    this.provider = provider;
    this.nodeName = declared.name ?? `${this.node.path.replaceAll("/", "-")}-external`;
    this.address = declared.address;
    const item = nodeItem({ ...declared, name: this.nodeName });
    const mistakes = issuesOf(engine, { ...declared, name: this.nodeName });
    const issues = mistakes.length > 0 ? mistakes : ownNames(engine, this, [item], { provider });
    reportAtSynth(this, () => issues);
    if (mistakes.length > 0) return;
    const made = new Map<string, E["resource"]>();
    realise<E>([item], { engine, scope: this, provider, made });
    this.resource = made.get(item.key);
  }

  /** Where it is registered; undefined where the provider does not say. */
  get datacenter(): string | undefined {
    return datacenterOf(this.engine, this, this.provider);
  }
}

type Declared = Omit<ExternalNodeProps<EngineTypes>, "provider"> & { readonly name: string };

const PROPS = object<Declared>({
  address: required(leaf<string>(HOST)),
  name: required(text(ID)),
  partition: optional(text(TENANCY)),
  meta: optional(meta),
});

function issuesOf(tokens: Tokens, declared: Declared): readonly Issue[] {
  const peek = peekBy(tokens);
  const reading: Reading = { issues: [], peek: (each) => peek(each as string) };
  PROPS(declared, "", reading);
  return reading.issues;
}

function nodeItem({ name, address, partition, meta: more }: Declared): NodeItem<string> {
  const args = {
    name,
    address,
    ...(partition === undefined ? {} : { partition }),
    meta: { ...more, "external-node": "true" },
  };
  return { kind: "node", key: `node-${name}`, dependsOn: [], args };
}

// ExternalNode: an agent-less catalog node that carries instances of external services.

import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import type { Peek } from "../../model/build";
import type { Issue } from "../../model/issues";
import type { NodeItem } from "../../model/plan-types";
import { ID, TENANCY } from "../../model/validate/names";
import { object, optional, type Reading, required } from "../../model/validate/reading";
import { HOST, leaf, meta, text } from "../../model/validate/scalars";
import { gateLeaf, type Leaf, peek } from "./leaves";
import { mistakesIn } from "./mistakes";
import { realise } from "./realise";

export interface ExternalNodeArgs {
  /** IP address or hostname of the external host. */
  readonly address: pulumi.Input<string>;
  /**
   * Name in the catalog. A node of the same name that exists already is taken over, and destroyed later with everything
   * registered on it: never give the name of a Consul agent's node.
   * @default - `<component name>-external`
   */
  readonly name?: string;
  /** Enterprise admin partition. @default - none: it is not sent */
  readonly partition?: string;
  /** More metadata beside `external-node`. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
}

/** Several services may share one; when its address changes, the engine replaces them together with it. */
export class ExternalNode extends pulumi.ComponentResource {
  /** Name in the catalog, known at once. */
  readonly nodeName: string;
  /** Name in the catalog, known when the node is there. */
  readonly name: pulumi.Output<string>;
  readonly address: pulumi.Input<string>;

  /** @throws RunError with every mistake in the arguments */
  constructor(name: string, args: ExternalNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `ExternalNode "${name}"`;
    const declared: Declared = { ...args, name: args.name ?? `${name}-external` };
    const issues = issuesOf(declared, peek);
    if (issues.length > 0) throw mistakesIn(subject, issues);
    super("consul-terminating-gateway:index:ExternalNode", name, {}, opts);
    this.nodeName = declared.name;
    const recheck = (known: Peek<Leaf>) => issuesOf(declared, known);
    this.address = gateLeaf(args.address, "address", { subject, recheck });
    const item = nodeItem({ ...declared, address: this.address });
    const node = realise([item], { parent: this, name, subject }).get(item.key);
    if (!(node instanceof consul.Node)) throw new Error(`${item.key} is no node`);
    this.name = node.name;
    this.registerOutputs({ name: this.name });
  }
}

type Declared = ExternalNodeArgs & { readonly name: string };

const ARGS = object<Declared>({
  address: required(leaf<Leaf>(HOST)),
  name: required(text(ID)),
  partition: optional(text(TENANCY)),
  meta: optional(meta),
});

function issuesOf(declared: Declared, known: Peek<Leaf>): readonly Issue[] {
  const reading: Reading = { issues: [], peek: (each) => known(each as Leaf) };
  ARGS(declared, "", reading);
  return reading.issues;
}

function nodeItem({ name, address, partition, meta: more }: Declared): NodeItem<Leaf> {
  const args = {
    name,
    address,
    ...(partition === undefined ? {} : { partition }),
    meta: { ...more, "external-node": "true" },
  };
  return { kind: "node", key: `node-${name}`, dependsOn: [], args };
}

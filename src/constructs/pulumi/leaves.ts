// Leaves that may be late: an Output is checked on its way to each property that it feeds, and it is never a secret.

import * as pulumi from "@pulumi/pulumi";
import type { Peek } from "../../model/build";
import type { InstanceModel, ServiceModel, UpstreamModel } from "../../model/gateway";
import type { Issue } from "../../model/issues";
import { isLate } from "../../model/validate/describe";
import { mistakesIn } from "./mistakes";

export type Leaf = pulumi.Input<string>;

/** Text is known; an Output or a Promise is not, even if it holds its value already. */
export const peek: Peek<Leaf> = (leaf) => (typeof leaf === "string" ? leaf : undefined);

/** How late leaves of one declaration are judged. */
export interface Gate {
  /** Whom an error is about, as `service "billing" of TerminatingGateway "egress"`. */
  readonly subject: string;
  /** Judges the declaration again once a leaf is known; empty where nothing is wrong. */
  readonly recheck: (peek: Peek<Leaf>) => readonly Issue[];
}

/** The same service; each of its late leaves now fails the deployment where it is wrong or secret. */
export function gateService(service: ServiceModel<Leaf>, gate: Gate): ServiceModel<Leaf> {
  const { instances, upstream } = service;
  const pathOf = (index: number): string => (instances.length === 1 ? "address" : `instances[${index}].address`);
  return {
    ...service,
    instances: instances.map(
      (each, index): InstanceModel<Leaf> => ({
        ...each,
        address: gateLeaf(each.address, pathOf(index), gate),
      }),
    ),
    upstream: gateUpstream(upstream, gate),
  };
}

const FILES_AND_SNI = ["caFile", "certFile", "keyFile", "sni"] as const;

function gateUpstream(upstream: UpstreamModel<Leaf>, gate: Gate): UpstreamModel<Leaf> {
  if (upstream.mode === "plaintext") return upstream;
  const gated = FILES_AND_SNI.flatMap((key) => {
    const leaf = upstream[key];
    return leaf === undefined ? [] : [[key, gateLeaf(leaf, `tls.${key}`, gate)] as const];
  });
  return { ...upstream, ...Object.fromEntries(gated) };
}

/** The same value, at any depth; each of its late leaves is gated. */
export function gateLeaves<T>(value: T, path: string, gate: Gate): T {
  const visit = (each: unknown, at: string): unknown => {
    if (typeof each !== "object" || each === null) return each;
    if (isLate(each)) return gateLeaf(each as Leaf, at, gate);
    if (Array.isArray(each)) return each.map((one, index) => visit(one, `${at}[${index}]`));
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, visit(inner, `${at}.${key}`)]));
  };
  return visit(value, path) as T;
}

/**
 * The leaf itself where it is text; otherwise an Output that fails where the value is wrong or secret. A value that is
 * unknown in a preview stays unknown: only its secrecy is judged then.
 */
export function gateLeaf(leaf: Leaf, path: string, { subject, recheck }: Gate): Leaf {
  if (typeof leaf === "string") return leaf;
  const late = pulumi.output(leaf);
  const open = pulumi.output(refuseSecret(late, path, subject));
  return pulumi.all([late, open]).apply(([text]) => {
    const issues = typeof text === "string" ? recheck((each) => (each === leaf ? text : peek(each))) : [notText(path)];
    if (issues.length > 0) throw mistakesIn(subject, issues);
    return text;
  });
}

async function refuseSecret(late: pulumi.Output<string>, path: string, subject: string): Promise<void> {
  if (!(await pulumi.isSecret(late))) return;
  const hint = "give the path of a file that holds the secret; for a value that is none, use pulumi.unsecret";
  const allowed = "a value that everybody may read: it becomes part of the manifest";
  throw mistakesIn(subject, [{ path, got: "a secret (not shown)", allowed, hint }]);
}

function notText(path: string): Issue {
  return { path, got: "an Output that holds no text", allowed: "text", hint: "see what the Output resolves to" };
}

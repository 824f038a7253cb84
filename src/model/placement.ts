// Where instances go: the ids and node names that a user did not give. They are identities: a changed one replaces
// infrastructure.

import type { InstanceProps, ServiceProps } from "./props";
import { DEFAULT_TENANCY } from "./service-name";
import { nodeLabel } from "./validate/hosts";

export interface Owner {
  /** First part of derived node names, so that no other declaration's node is adopted. */
  readonly owner: string;
  /** Namespace of the gateway, which services inherit. */
  readonly namespace?: string;
}

/** Namespace of a service where it is not the gateway's own; undefined otherwise. */
export function foreignNamespace(
  service: { readonly namespace?: string },
  owner: { readonly namespace?: string },
): string | undefined {
  const home = owner.namespace ?? DEFAULT_TENANCY;
  const namespace = service.namespace ?? home;
  return namespace === home ? undefined : namespace;
}

/** The instances of both forms: `instances`, or `address` and `port`. */
export function instancesOf<S>(service: ServiceProps<S>): readonly InstanceProps<S>[] {
  if (service.instances !== undefined) return service.instances;
  const { address, port } = service;
  return address === undefined || port === undefined ? [] : [{ address, port }];
}

/** The service name; from the second instance on with its ordinal, so that a second instance leaves the first alone. */
export function defaultInstanceId(service: string, index: number): string {
  return index === 0 ? service : `${service}-${index + 1}`;
}

/**
 * `<owner>-external-<address>`: instances of one address share a node, and a changed address makes a new node instead of
 * replacing one under its services. A late address has no text yet: its node is named by service and ordinal.
 */
export function defaultNodeName(
  owner: Owner,
  service: { readonly name: string; readonly namespace?: string },
  at: { readonly index: number; readonly address: string | undefined },
): string {
  if (at.address !== undefined) return `${owner.owner}-external-${nodeLabel(at.address)}`;
  const namespace = foreignNamespace(service, owner);
  const name = namespace === undefined ? service.name : `${namespace}-${service.name}`;
  return `${owner.owner}-external-${name}-${at.index + 1}`;
}

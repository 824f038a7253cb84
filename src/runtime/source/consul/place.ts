// A service key → what requests about that service say: its name, namespace and partition. Pure.

import { DEFAULT_TENANCY, parseServiceName, type ServiceName } from "../../../model/service-name";

/** Parameters of a list of all namespaces; Enterprise alone. */
export const EVERYWHERE = { ns: "*" } as const;

/** The service's own name, without namespace and partition. */
export function nameOf(service: string): string {
  return partsOf(service).name;
}

/**
 * Query parameters for the namespace and partition of a service. The community edition refuses them; Enterprise needs them
 * spelled out, as the gateway's own would be taken otherwise.
 */
export function placeOf(service: string, enterprise: boolean): Readonly<Record<string, string>> {
  if (!enterprise) return {};
  const { namespace = DEFAULT_TENANCY, partition = DEFAULT_TENANCY } = partsOf(service);
  return { ns: namespace, partition };
}

/** The name under which intentions/match is asked: with its namespace on Enterprise. */
export function matchNameOf(service: string, enterprise: boolean): string {
  const { name, namespace = DEFAULT_TENANCY } = partsOf(service);
  return enterprise ? `${namespace}/${name}` : name;
}

/** `partition/namespace/name`, nothing left out. */
export function fullNameOf(service: string): string {
  const { name, namespace = DEFAULT_TENANCY, partition = DEFAULT_TENANCY } = partsOf(service);
  return `${partition}/${namespace}/${name}`;
}

function partsOf(service: string): ServiceName {
  const parsed = parseServiceName(service);
  return parsed.ok ? parsed.value : { name: service };
}

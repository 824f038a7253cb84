// Who a service is: its key read into name, namespace and partition, and its SPIFFE id.

import { DEFAULT_TENANCY, parseServiceName } from "../../model/service-name";

/** A service with its tenancy spelled out. */
export interface FullName {
  readonly name: string;
  readonly namespace: string;
  readonly partition: string;
}

/** Reads a service's key. Throws on text that formatServiceName() did not write. */
export function fullNameOf(key: string): FullName {
  const parsed = parseServiceName(key);
  if (!parsed.ok) throw new Error(`not a service key: ${JSON.stringify(key)}`);
  const { name, namespace = DEFAULT_TENANCY, partition = DEFAULT_TENANCY } = parsed.value;
  return { name, namespace, partition };
}

/** `spiffe://<trust domain>[/ap/<partition>]/ns/<namespace>/dc/<datacenter>/svc/<name>`, as Consul writes it. */
export function spiffeUri({ name, namespace, partition }: FullName, datacenter: string, trustDomain: string): string {
  const ap = partition === DEFAULT_TENANCY ? "" : `/ap/${partition}`;
  return `spiffe://${trustDomain}${ap}/ns/${namespace}/dc/${datacenter}/svc/${name}`;
}

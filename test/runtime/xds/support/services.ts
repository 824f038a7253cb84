// Snapshots for tests of the builders: one plain TCP service, changed as a test needs. The PEM text is not looked at.
import type { HeaderMatch, Intention, Permission } from "../../../../src/model/gateway";
import type { Instance, ServiceConfig, ServiceSnapshot, Upstream } from "../../../../src/runtime/snapshot/state";

export const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";

export const IDENTITY = {
  name: "egress",
  datacenter: "dc1",
  binds: [{ name: "default", address: "10.0.0.1", port: 8443 }],
};

export const TRUST = { trustDomain: TRUST_DOMAIN, roots: ["ROOT ONE\n", "ROOT TWO\n"] };

export interface Changes {
  readonly name?: string;
  readonly config?: Partial<ServiceConfig>;
  readonly upstream?: Upstream;
  readonly autoHostRewrite?: boolean;
  readonly instances?: readonly Instance[];
  readonly subsets?: ServiceSnapshot["subsets"];
  readonly intentions?: readonly Intention[];
  readonly defaultAction?: "allow" | "deny";
  readonly revocations?: number;
}

export function snapshot(changes: Changes = {}): ServiceSnapshot {
  const { name = "billing", upstream = { mode: "plaintext" }, autoHostRewrite = true, revocations = 0 } = changes;
  return {
    name,
    identity: IDENTITY,
    trust: TRUST,
    link: { name, upstream, autoHostRewrite },
    instances: changes.instances ?? [instance("10.0.0.9", 5432)],
    subsets: changes.subsets ?? [],
    intentions: {
      intentions: changes.intentions ?? [{ source: "web", action: "allow", precedence: 9 }],
      defaultAction: changes.defaultAction ?? "deny",
    },
    config: {
      protocol: "tcp",
      connectTimeoutMs: 5000,
      requestTimeoutMs: 15_000,
      idleTimeoutMs: 3_600_000,
      maxConnections: 100_000,
      onRevoke: "drain",
      ...changes.config,
    },
    leaf: { certPem: "LEAF\n", keyPem: "KEY\n", notAfterMs: 0 },
    revocations,
  };
}

export function instance(address: string, port: number, more: Partial<Instance> = {}): Instance {
  return { id: `${address}:${port}`, address, port, weight: 1, healthy: true, ...more };
}

export function permission(action: "allow" | "deny", more: Partial<Permission> = {}): Permission {
  return { action, methods: [], headers: [], ...more };
}

export function headerMatch(kind: HeaderMatch["kind"], value: string, more: Partial<HeaderMatch> = {}): HeaderMatch {
  return { name: "x-h", kind, value, ignoreCase: false, invert: false, ...more };
}

/** The SPIFFE id of a caller in dc1. */
export function spiffe(
  name: string,
  { namespace = "default", partition = "default", trustDomain = TRUST_DOMAIN } = {},
): string {
  return `spiffe://${trustDomain}${partition === "default" ? "" : `/ap/${partition}`}/ns/${namespace}/dc/dc1/svc/${name}`;
}

// A state in which the service "billing" is ready, and the pieces it is made of. Certificates are made once per run.

import { spiffeUri } from "../../../../src/runtime/snapshot/identity";
import { makeState, reduce } from "../../../../src/runtime/snapshot/reduce";
import type {
  GatewayIdentity,
  GatewayState,
  Leaf,
  LinkedService,
  Material,
  ServiceConfig,
  TrustBundle,
  WatchEvent,
} from "../../../../src/runtime/snapshot/state";
import { loadSigner, makeRoot } from "../../../../src/runtime/source/local/x509";

export const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul";
/** 2026-01-01. */
export const NOW_MS = Date.UTC(2026, 0, 1);
export const HOUR_MS = 3_600_000;

export const IDENTITY: GatewayIdentity = {
  name: "egress",
  datacenter: "dc1",
  binds: [{ name: "default", address: "127.0.0.1", port: 8443 }],
};

export const CONFIG: ServiceConfig = {
  protocol: "tcp",
  connectTimeoutMs: 5000,
  requestTimeoutMs: 15_000,
  idleTimeoutMs: 3_600_000,
  maxConnections: 100_000,
  onRevoke: "drain",
};

export const CA_KEY = { kind: "ca", caFile: "/etc/ca.pem" } as const;

export interface Pki {
  readonly bundle: TrustBundle;
  leaf(service: string, more?: { readonly ttlMs?: number; readonly datacenter?: string }): Promise<Leaf>;
}

export async function makePki(): Promise<Pki> {
  const root = await makeRoot(TRUST_DOMAIN, NOW_MS, 1000 * HOUR_MS);
  const signer = await loadSigner(root.certPem, root.keyPem);
  return {
    bundle: { trustDomain: TRUST_DOMAIN, roots: [root.certPem] },
    async leaf(name, { ttlMs = HOUR_MS, datacenter = "dc1" } = {}) {
      const uri = spiffeUri({ name, namespace: "default", partition: "default" }, datacenter, TRUST_DOMAIN);
      const { certPem, keyPem, notAfterMs } = await signer.sign(uri, NOW_MS, ttlMs);
      return { certPem, keyPem, notAfterMs };
    },
  };
}

export function link(name: string, upstream: LinkedService["upstream"] = { mode: "plaintext" }): LinkedService {
  return { name, upstream, autoHostRewrite: true };
}

/** TLS with /etc/ca.pem. */
export const TLS = { mode: "tls", caFile: "/etc/ca.pem", insecureSkipVerify: false } as const;

/** Everything that "billing" needs, in an order that sources use; its upstream is TLS with /etc/ca.pem. */
export async function events(pki: Pki): Promise<readonly WatchEvent[]> {
  const material: Material = { kind: "ca", pem: pki.bundle.roots.join(""), notAfterMs: 0 };
  return [
    { kind: "roots", bundle: pki.bundle },
    { kind: "identity", identity: IDENTITY },
    { kind: "links", links: [link("billing", TLS)] },
    { kind: "config", service: "billing", config: CONFIG },
    {
      kind: "instances",
      service: "billing",
      instances: [{ id: "billing", address: "10.0.0.9", port: 443, weight: 1, healthy: true }],
    },
    {
      kind: "intentions",
      service: "billing",
      set: { intentions: [{ source: "web", action: "allow", precedence: 9 }], defaultAction: "deny" },
    },
    { kind: "leaf", service: "billing", leaf: await pki.leaf("billing") },
    { kind: "material", key: CA_KEY, material },
  ];
}

export function apply(list: readonly WatchEvent[], state: GatewayState = makeState()): GatewayState {
  for (const event of list) reduce(state, event, NOW_MS);
  return state;
}

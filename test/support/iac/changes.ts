// Every prop changed on its own, and what exactly an engine must do about it. Keys are those of the plan; what is not named
// stays untouched.

import { generateKeyPairSync } from "node:crypto";
import type { AuthProps } from "../../../src/model/auth-props";
import type { GatewayProps, InstanceProps, ServiceProps, TlsProps } from "../../../src/model/props";
import type { Action } from "./tofu";

export interface Change {
  readonly what: string;
  readonly from: GatewayProps;
  readonly to: GatewayProps;
  readonly actions: Readonly<Record<string, Action>>;
}

/** Of a pair that nobody has the other half of. */
const PUBLIC_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

const INSTANCE: InstanceProps = { address: "10.0.0.9", port: 443, node: "billing-host" };
const SERVICE: ServiceProps = {
  name: "billing",
  instances: [INSTANCE],
  protocol: "http",
  tls: { caFile: "/etc/egress/ca.pem", certFile: "/etc/egress/client.pem", keyFile: "/etc/egress/key.pem" },
  allowFrom: ["web"],
};
const FROM: GatewayProps = { name: "egress", datacenter: "dc1", services: [SERVICE] };
const OTHER: ServiceProps = { name: "mail", address: "10.0.0.25", port: 25, plaintext: true, allowFrom: ["web"] };

/** The manifest is the whole declaration: every change of a prop is a change of it. */
function change(what: string, to: Partial<GatewayProps>, actions: Change["actions"]): Change {
  return { what, from: FROM, to: { ...FROM, ...to }, actions: { ...actions, manifest: "update" } };
}

const gateway = (to: Partial<GatewayProps>, actions: Change["actions"]): Change =>
  change(JSON.stringify(to), to, actions);

const service = (to: Partial<ServiceProps>, actions: Change["actions"]): Change =>
  change(`service ${JSON.stringify(to)}`, { services: [{ ...SERVICE, ...to }] }, actions);

const instance = (to: Partial<InstanceProps>, actions: Change["actions"]): Change =>
  change(
    `instance ${JSON.stringify(to)}`,
    { services: [{ ...SERVICE, instances: [{ ...INSTANCE, ...to }] }] },
    actions,
  );

const tls = (to: TlsProps, actions: Change["actions"]): Change =>
  change(`tls ${JSON.stringify(to)}`, { services: [{ ...SERVICE, tls: { ...SERVICE.tls, ...to } }] }, actions);

const AUTH: AuthProps = {
  method: { jwt: { subject: "egress", audiences: ["consul"], publicKeys: [PUBLIC_KEY] } },
  maxTokenTtl: "1h",
};

/** Of a gateway whose process logs in; what only the method says is not in the manifest. */
function byLogin(what: string, to: AuthProps, actions: Change["actions"]): Change {
  return { what: `auth: ${what}`, from: { ...FROM, auth: AUTH }, to: { ...FROM, auth: to }, actions };
}

/** The same of a gateway whose manifest is delivered by Consul's KV store, from there to there. */
function byKey(to: Partial<GatewayProps>, actions: Change["actions"]): Change {
  const from = { ...FROM, delivery: "kv" } as const;
  const all = { ...actions, "manifest-key": "update", manifest: "update" } as const;
  return { what: `delivery "kv": ${JSON.stringify(to)}`, from, to: { ...from, ...to }, actions: all };
}

export const CHANGES: readonly Change[] = [
  // Trap 12: a replaced node takes its services along, so they are replaced, too.
  instance({ address: "10.0.0.10" }, { "node-billing-host": "replace", "service-billing": "replace" }),
  instance({ port: 8443 }, { "service-billing": "update" }),
  instance({ weight: 5 }, { "service-billing": "update" }),
  // An id is part of the key: a second service is made, and the first one goes.
  instance({ id: "billing-a" }, { "service-billing": "delete", "service-billing-a": "create" }),
  instance(
    { node: "other-host" },
    {
      ...{ "node-billing-host": "delete", "node-other-host": "create", "service-billing": "replace" },
      ...{ policy: "update" },
    },
  ),
  tls({ caFile: "/etc/egress/new-ca.pem" }, { gateway: "update" }),
  tls({ certFile: "/etc/egress/new-client.pem" }, { gateway: "update" }),
  tls({ keyFile: "/etc/egress/new-key.pem" }, { gateway: "update" }),
  tls({ sni: "billing.example.com" }, { gateway: "update" }),
  change(
    "services[].plaintext",
    { services: [{ name: "billing", instances: [INSTANCE], protocol: "http", plaintext: true, allowFrom: ["web"] }] },
    { gateway: "update" },
  ),
  service({ protocol: "http2" }, { "defaults-billing": "update" }),
  service({ disableAutoHostRewrite: true }, { gateway: "update" }),
  service({ allowFrom: ["web", "batch"] }, { "intentions-billing": "update" }),
  service({ allowFrom: [] }, { "intentions-billing": "delete" }),
  service(
    { intentions: [{ source: "web", permissions: [{ action: "allow", pathPrefix: "/v1" }] }], allowFrom: [] },
    { "intentions-billing": "update" },
  ),
  service({ limits: { maxConnections: 50 } }, {}),
  service({ timeouts: { connectMs: 100 } }, {}),
  service({ meta: { tier: "gold" } }, { "service-billing": "update" }),
  service({ tags: ["primary"] }, { "service-billing": "update" }),
  gateway({ bind: { address: "127.0.0.1", port: 9443 } }, {}),
  gateway({ defaultIntention: "allow" }, {}),
  gateway({ name: "outbound" }, { gateway: "replace", policy: "update", role: "update", token: "update" }),
  service(
    { name: "invoices" },
    {
      ...{ "service-billing": "delete", "defaults-billing": "delete", "intentions-billing": "delete" },
      ...{ "service-invoices": "create", "defaults-invoices": "create", "intentions-invoices": "create" },
      ...{ policy: "update", gateway: "update" },
    },
  ),
  gateway({ meta: { owner: "payments" } }, { gateway: "update" }),
  gateway({ acl: { replicas: ["a"] } }, { policy: "update" }),
  gateway({ acl: { replicaPrefix: "pod-" } }, { policy: "update" }),
  gateway({ proxyConfig: { connect_timeout_ms: 2000 } }, {}),
  gateway({ acl: { token: false } }, { token: "delete" }),
  gateway({ acl: { enabled: false } }, { policy: "delete", role: "delete", token: "delete" }),
  change(
    "services: one more",
    { services: [SERVICE, OTHER] },
    {
      ...{ "node-egress-external-10-0-0-25": "create", "service-mail": "create", "defaults-mail": "create" },
      ...{ "intentions-mail": "create", policy: "update", gateway: "update" },
    },
  ),
  {
    what: "services: one fewer",
    from: { ...FROM, services: [SERVICE, OTHER] },
    to: FROM,
    actions: {
      ...{ "node-egress-external-10-0-0-25": "delete", "service-mail": "delete", "defaults-mail": "delete" },
      ...{ "intentions-mail": "delete", policy: "update", gateway: "update", manifest: "update" },
    },
  },
  {
    // The node's name comes from the address: no node is replaced under its services.
    what: "services[].address",
    from: { ...FROM, services: [OTHER] },
    to: { ...FROM, services: [{ ...OTHER, address: "10.0.0.26" }] },
    actions: {
      ...{ "node-egress-external-10-0-0-25": "delete", "node-egress-external-10-0-0-26": "create" },
      ...{ "service-mail": "replace", policy: "update", manifest: "update" },
    },
  },
  {
    what: "services[].onRevoke",
    from: { ...FROM, services: [OTHER] },
    to: { ...FROM, services: [{ ...OTHER, onRevoke: "keep" }] },
    actions: { manifest: "update" },
  },
  gateway({ delivery: "kv" }, { policy: "update", "manifest-key": "create" }),
  gateway({ auth: AUTH }, { "auth-method": "create", "binding-rule": "create", token: "delete" }),
  byLogin("maxTokenTtl", { ...AUTH, maxTokenTtl: "2h" }, { "auth-method": "update" }),
  // The provider sees no difference in another way to write it.
  byLogin("maxTokenTtl written otherwise", { ...AUTH, maxTokenTtl: "60m" }, {}),
  byLogin(
    "audiences",
    { ...AUTH, method: { jwt: { subject: "egress", audiences: ["consul", "x"], publicKeys: [PUBLIC_KEY] } } },
    { "auth-method": "update" },
  ),
  byLogin(
    "subject",
    { ...AUTH, method: { jwt: { subject: "outbound", audiences: ["consul"], publicKeys: [PUBLIC_KEY] } } },
    { "binding-rule": "update", manifest: "update" },
  ),
  byLogin(
    "selector",
    { ...AUTH, selector: 'value.subject matches "^egress-"' },
    { "binding-rule": "update", manifest: "update" },
  ),
  byKey({ bind: { address: "127.0.0.1", port: 9443 } }, {}),
  byKey({ services: [{ ...SERVICE, timeouts: { requestMs: 1 } }] }, {}),
  byKey({ services: [{ ...SERVICE, allowFrom: ["batch"] }] }, { "intentions-billing": "update" }),
  byKey({ name: "outbound" }, { gateway: "replace", policy: "update", role: "update", token: "update" }),
];

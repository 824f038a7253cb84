// Fields of the gateway, and the rules between its services.

import { rangeOf } from "../ip-range";
import { foreignNamespace } from "../placement";
import type { AclProps, BindProps, GatewayProps, ServiceProps } from "../props";
import { DEFAULT_TENANCY } from "../service-name";
import { auth } from "./auth";
import { claimName, claimPlaces, type Named, noClaims, type Place, tenancyOf } from "./claims";
import { PORT } from "./instances";
import { DATACENTER, ID, ID_START, SERVICE_NAME, TENANCY } from "./names";
import { proxyConfig } from "./proxy-config";
import {
  type Check,
  type Draft,
  type Fields,
  listOf,
  object,
  optional,
  type Reading,
  report,
  required,
} from "./reading";
import { bool, IP_ADDRESS, meta, oneOf, text } from "./scalars";
import { service } from "./service";
import { exportRules, tokenExport } from "./token-export";

/** What a manifest tells. */
type AclFields = Omit<AclProps, "exportToken">;

const ACL_FIELDS: Fields<AclFields> = {
  enabled: optional(bool),
  token: optional(bool),
  replicas: optional(listOf(text(ID))),
  replicaPrefix: optional(text(ID_START)),
};

function tokenRules(draft: Draft<AclFields>, path: string, reading: Reading): void {
  if (draft.enabled !== false || draft.token !== true) return;
  const hint = "remove token, or let the policy and role be made";
  report(reading, { path: `${path}.token`, got: "true", allowed: "false where enabled is false", hint });
}

const BIND = object<BindProps>(
  { address: optional(text(IP_ADDRESS)), port: optional(PORT), allowPublic: optional(bool) },
  {
    rules({ address, allowPublic }, path, reading) {
      // Where a manifest is read, the host decides: it may allow it by a flag.
      if (address === undefined || allowPublic === true || reading.tolerant === true) return;
      if (rangeOf(address) !== "public") return;
      const hint = "say allowPublic: true if anybody on the internet may try to connect";
      const allowed = "a loopback or private address, or allowPublic";
      report(reading, { path: `${path}.address`, got: `the public address ${address}`, allowed, hint });
    },
  },
);

/** The gateway without its services. */
export type IdentityProps = Omit<GatewayProps, "services" | "acl"> & { readonly acl?: AclFields };

export const IDENTITY_FIELDS: Fields<IdentityProps> = {
  name: required(text(SERVICE_NAME)),
  datacenter: required(text(DATACENTER)),
  namespace: optional(text(TENANCY)),
  partition: optional(text(TENANCY)),
  bind: optional(BIND),
  defaultIntention: optional(oneOf(["allow", "deny"])),
  acl: optional(object<AclFields>(ACL_FIELDS, { rules: tokenRules })),
  auth: optional(auth<string>()),
  meta: optional(meta),
  delivery: optional(oneOf(["file", "kv"])),
  proxyConfig: optional(proxyConfig),
};

export function services<S>(): Check<readonly ServiceProps<S>[]> {
  return listOf(service<S>());
}

export function gateway<S>(): Check<GatewayProps<S>> {
  const acl = object<AclProps<S>>(
    { ...ACL_FIELDS, exportToken: optional(tokenExport<S>()) },
    {
      rules(draft, path, reading) {
        tokenRules(draft, path, reading);
        exportRules(draft, path, reading);
      },
    },
  );
  const fields = {
    ...IDENTITY_FIELDS,
    acl: optional(acl),
    auth: optional(auth<S>()),
    services: optional(services<S>()),
  };
  return object<GatewayProps<S>>(fields, { rules: betweenServices });
}

/** What only shows between services. `services` is at the root of what is read, in props and manifest alike. */
export function betweenServices<S>(draft: Draft<GatewayProps<S>>, _path: string, reading: Reading): void {
  authRules(draft, reading);
  const claims = noClaims();
  const owner = { owner: draft.name ?? "", ...tenancyOf(draft) };
  (draft.services ?? []).forEach((each, index) => {
    if (each?.name === undefined) return;
    const named = { ...each, name: each.name };
    const place = { path: `services[${index}]`, reading, claims };
    nameRules(draft, named, place);
    // A repeated service repeats its default ids and nodes: one mistake, not three.
    if (claimName(owner, named, place)) claimPlaces(owner, named, place);
  });
}

/** A binding rule binds the role, and a token beside it would be one that nobody needs. */
function authRules({ acl, auth }: Draft<GatewayProps<unknown>>, reading: Reading): void {
  if (auth === undefined) return;
  if (acl?.enabled === false) {
    const hint = "let the policy and role be made, or make the binding rule yourself";
    report(reading, { path: "auth", got: "an auth method", allowed: "nothing where acl.enabled is false", hint });
  }
  if (acl?.exportToken !== undefined) {
    const hint = "remove it: no token is made, the process logs in for one of its own";
    report(reading, { path: "acl.exportToken", got: "a key", allowed: "nothing beside auth", hint });
  }
  if (acl?.token !== true) return;
  const hint = "remove it: the process logs in for a token of its own";
  report(reading, { path: "acl.token", got: "true", allowed: "false beside auth", hint });
}

/** BoringSSL and most callers refuse a longer SNI. */
const MAX_SNI = 255;
/** `<uuid>.consul`, as Consul makes it. */
const TRUST_DOMAIN_LENGTH = 43;

function nameRules<S>(gatewayDraft: Draft<GatewayProps<S>>, draft: Named<S>, { path, reading }: Place): void {
  const namespace = draft.namespace ?? gatewayDraft.namespace ?? DEFAULT_TENANCY;
  const { partition, datacenter = "" } = gatewayDraft;
  const tenancy = partition === undefined || partition === DEFAULT_TENANCY ? "internal" : `${partition}.internal-v1`;
  const length = `${draft.name}.${namespace}.${datacenter}.${tenancy}.`.length + TRUST_DOMAIN_LENGTH;
  const at = `${path}.name`;
  if (length > MAX_SNI) {
    const allowed = `a name whose SNI has at most ${MAX_SNI} characters`;
    const hint = `shorten it by ${length - MAX_SNI}`;
    report(reading, { path: at, got: `an SNI of ${length} characters`, allowed, hint });
  }
  if (draft.name === gatewayDraft.name && foreignNamespace(draft, gatewayDraft) === undefined) {
    const hint = "the gateway is a service of its own: rename one of them";
    report(reading, { path: at, got: "the gateway's own name", allowed: "the name of another service", hint });
  }
}

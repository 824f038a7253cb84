// Valid props → model: fills in every default, derives ids and node names. Knows no mistakes; validate() found them.

import type { AuthProps } from "./auth-props";
import * as defaults from "./defaults";
import type { GatewayModel, InstanceModel, ServiceModel, UpstreamModel } from "./gateway";
import { given } from "./given";
import { intentionsOf } from "./intentions";
import { defaultInstanceId, defaultNodeName, instancesOf, type Owner } from "./placement";
import type { GatewayProps, ServiceProps, TlsProps } from "./props";
import { connectTimeoutOf } from "./proxy-config/read";
import { DEFAULT_TENANCY } from "./service-name";

/** Text of a leaf, undefined while it is not known. */
export type Peek<S> = (leaf: S) => string | undefined;

export function buildGateway<S>(props: GatewayProps<S>, peek: Peek<S>): GatewayModel<S> {
  const { name, datacenter, namespace, partition, bind = {}, acl = {}, auth, proxyConfig = {} } = props;
  const owner: Owner = { owner: name, ...(namespace === undefined ? {} : { namespace }) };
  const enabled = acl.enabled ?? defaults.ACL_ENABLED;
  const connectTimeoutMs = connectTimeoutOf(proxyConfig);
  return {
    name,
    datacenter,
    ...given({ namespace, partition }),
    bind: {
      address: bind.address ?? defaults.BIND_ADDRESS,
      port: bind.port ?? defaults.BIND_PORT,
      ...(bind.allowPublic === true ? { allowPublic: true } : {}),
    },
    defaultIntention: props.defaultIntention ?? defaults.DEFAULT_INTENTION,
    acl: {
      enabled,
      token: enabled && (acl.token ?? (auth === undefined && defaults.ACL_TOKEN)),
      replicas: acl.replicas ?? [],
      ...given({ exportToken: acl.exportToken, replicaPrefix: acl.replicaPrefix }),
    },
    ...(auth === undefined ? {} : { auth: buildAuth(auth) }),
    meta: props.meta ?? {},
    delivery: props.delivery ?? defaults.DELIVERY,
    ...(Object.keys(proxyConfig).length === 0 ? {} : { proxyConfig }),
    services: (props.services ?? [])
      .map((service) => buildService(service, owner, peek, connectTimeoutMs))
      .sort((a, b) => compareText(homeOf(a, owner), homeOf(b, owner)) || compareText(a.name, b.name)),
  };
}

function buildAuth<S>(auth: AuthProps<S>): AuthProps<S> {
  return auth.existing === undefined ? { maxTokenTtl: defaults.MAX_TOKEN_TTL, ...auth } : auth;
}

/** @param connectTimeoutMs of the gateway's services that say nothing themselves */
export function buildService<S>(
  props: ServiceProps<S>,
  owner: Owner,
  peek: Peek<S>,
  connectTimeoutMs = defaults.CONNECT_TIMEOUT_MS,
): ServiceModel<S> {
  const { name, namespace, limits = {}, timeouts = {} } = props;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    protocol: props.protocol ?? defaults.PROTOCOL,
    instances: buildInstances(props, owner, peek),
    upstream: props.tls === undefined ? { mode: "plaintext" } : buildUpstream(props.tls),
    disableAutoHostRewrite: props.disableAutoHostRewrite ?? defaults.DISABLE_AUTO_HOST_REWRITE,
    intentions: intentionsOf(props),
    maxConnections: limits.maxConnections ?? defaults.MAX_CONNECTIONS,
    connectTimeoutMs: timeouts.connectMs ?? connectTimeoutMs,
    requestTimeoutMs: timeouts.requestMs ?? defaults.REQUEST_TIMEOUT_MS,
    idleTimeoutMs: timeouts.idleMs ?? defaults.IDLE_TIMEOUT_MS,
    onRevoke: props.onRevoke ?? defaults.ON_REVOKE,
    meta: props.meta ?? {},
    tags: props.tags ?? [],
  };
}

function buildInstances<S>(props: ServiceProps<S>, owner: Owner, peek: Peek<S>): readonly InstanceModel<S>[] {
  return instancesOf(props).map(({ id, node, address, port, weight }, index) => ({
    id: id ?? defaultInstanceId(props.name, index),
    node: node ?? defaultNodeName(owner, props, { index, address: peek(address) }),
    address,
    port,
    weight: weight ?? defaults.WEIGHT,
  }));
}

function buildUpstream<S>({ insecureSkipVerify, ...rest }: TlsProps<S>): UpstreamModel<S> {
  return { mode: "tls", ...rest, insecureSkipVerify: insecureSkipVerify ?? defaults.INSECURE_SKIP_VERIFY };
}

function homeOf(service: ServiceModel<unknown>, owner: Owner): string {
  return service.namespace ?? owner.namespace ?? DEFAULT_TENANCY;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

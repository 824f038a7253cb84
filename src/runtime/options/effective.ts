// Everything that is said of a gateway's options → what holds: where it listens, how it reaches external services, what
// callers' TLS must be, what is logged, and what Envoy is started with. Pure; what was before is a part of the input.

import type { Place } from "../../model/place";
import type { AdminAddress } from "../envoy/admin-address";
import type { StaticParts } from "../envoy/static-parts";
import type { AccessLogs, CallerTls } from "../snapshot/listening";
import type { GatewayIdentity, ServiceConfig } from "../snapshot/state";
import { bindsOf } from "./binds";
import { type Layer, type Merged, mergeLayers, type Said } from "./layers";
import { socketsOf, staticParts } from "./static";

export interface OptionInputs {
  /** The first wins. */
  readonly layers: readonly Layer[];
  readonly own: GatewayIdentity["binds"];
  readonly tagged: Readonly<Record<string, Place>>;
  readonly allowPublic: boolean;
  readonly host: HostFacts;
  readonly tls?: CallerTls;
  readonly accessLogs?: AccessLogs;
  /** What was said while these were read. */
  readonly said?: readonly Said[];
}

/** Of the machine and this process. */
export interface HostFacts {
  readonly addresses: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly admin: AdminAddress;
  /** Directories that only the gateway may use. */
  readonly privatePaths: readonly string[];
}

/** What services have that say nothing themselves. */
export type ServiceOptions = Pick<ServiceConfig, "dnsDiscovery" | "keepalive"> & { readonly connectTimeoutMs?: number };

export interface Effective {
  readonly identity: Pick<GatewayIdentity, "binds" | "tls" | "accessLogs" | "traced">;
  readonly service: ServiceOptions;
  /** As Envoy would be started with now. */
  readonly parts: StaticParts;
  readonly said: readonly Said[];
  readonly merged: Merged;
}

/**
 * @param before what held until now: values that are wrong stay what they were
 * @param running what Envoy was started with; undefined before that
 */
export function effectiveOptions(inputs: OptionInputs, before?: Effective, running?: StaticParts): Effective {
  const { host, allowPublic, tls, accessLogs } = inputs;
  const merged = mergeLayers(inputs.layers, before?.merged);
  const { values } = merged;
  const admin = typeof host.admin === "string" ? undefined : host.admin;
  const privatePaths = [...host.privatePaths, ...(typeof host.admin === "string" ? [host.admin] : [])];
  const listening = bindsOf(
    values,
    {
      ...{ own: inputs.own, tagged: inputs.tagged, allowPublic, hostAddresses: host.addresses },
      taken: [
        ...(running === undefined ? [] : socketsOf(running)),
        ...(admin ? [{ ...admin, by: "the admin interface" }] : []),
      ],
    },
    before?.identity.binds,
  );
  const { parts, said } = staticParts(merged, {
    ...{ binds: listening.binds, hostAddresses: host.addresses, allowPublic, privatePaths, env: host.env },
    ...(admin && { adminPort: admin.port }),
  });
  const traced = (running ?? parts).tracing !== undefined;
  return {
    merged,
    parts,
    said: [...(inputs.said ?? []), ...merged.said, ...listening.said, ...said],
    identity: {
      binds: listening.binds,
      ...(tls && { tls }),
      ...(accessLogs && { accessLogs }),
      ...(traced && { traced }),
    },
    service: serviceOptions(values),
  };
}

function serviceOptions(values: Merged["values"]): ServiceOptions {
  const { connect_timeout_ms: connectTimeoutMs, envoy_dns_discovery_type: dnsDiscovery } = values;
  const timeS = values.envoy_gateway_remote_tcp_keepalive_time;
  const intervalS = values.envoy_gateway_remote_tcp_keepalive_interval;
  const probes = values.envoy_gateway_remote_tcp_keepalive_probes;
  const keepalive = { ...(timeS && { timeS }), ...(intervalS && { intervalS }), ...(probes && { probes }) };
  return {
    ...(connectTimeoutMs && { connectTimeoutMs }),
    ...(dnsDiscovery === "logical_dns" && { dnsDiscovery }),
    ...(values.envoy_gateway_remote_tcp_enable_keepalive === true && { keepalive }),
  };
}

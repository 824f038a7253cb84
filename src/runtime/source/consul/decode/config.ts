// JSON of config entries → what they say of a service: its protocol; resolver.ts reads the rest.

import { given } from "../../../../model/given";
import type { Protocol } from "../../../../model/props";
import { formatServiceName } from "../../../../model/service-name";
import { type Fields, readList, readObject, readOptionalText, readText } from "./reading";

/** Pairs of service key and value: a plain object would take a service named `constructor` for its own. */
export type ByService<T> = readonly (readonly [service: string, value: T])[];

/** GET /v1/config/service-defaults: protocols by service key, where one is set. */
export function decodeServiceProtocols(body: unknown): ByService<string> {
  const entries = readList(body, "service-defaults", (item, path) => {
    const fields = readObject(item, path);
    return [keyOf(fields, path), readOptionalText(fields, "Protocol", path)] as const;
  });
  return entries.flatMap(([key, protocol]) => (protocol === undefined ? [] : [[key, protocol]]));
}

export interface ProxyDefaults {
  /** Of services that set none. */
  readonly protocol: string | undefined;
  /** Whatever is meant for proxies. */
  readonly config: Fields;
  /** Servers before 1.15 have none. */
  readonly accessLogs: Fields;
}

/** GET /v1/config/proxy-defaults/global; an absent entry says nothing. */
export function decodeProxyDefaults(body: unknown): ProxyDefaults {
  const entry = body === undefined ? {} : readObject(body, "proxy-defaults");
  const config = readObject(entry.Config ?? {}, "proxy-defaults.Config");
  const accessLogs = readObject(entry.AccessLogs ?? {}, "proxy-defaults.AccessLogs");
  const { protocol } = config;
  return { protocol: typeof protocol === "string" && protocol !== "" ? protocol : undefined, config, accessLogs };
}

/** GET /v1/config/mesh/mesh: the parts that concern a gateway; an absent entry says nothing. */
export function decodeMesh(body: unknown): Fields {
  if (body === undefined) return {};
  const { TLS, HTTP, AllowEnablingPermissiveMutualTLS } = readObject(body, "mesh");
  return { TLS, HTTP, AllowEnablingPermissiveMutualTLS };
}

/** As Consul reads it: in any case, and an unknown one passes bytes on as tcp does. */
export function protocolOf(text: string | undefined): Protocol {
  const lower = text?.toLowerCase();
  return lower === "http" || lower === "http2" || lower === "grpc" ? lower : "tcp";
}

/** Of the service that a config entry is about. */
export function keyOf(fields: Fields, path: string): string {
  const namespace = readOptionalText(fields, "Namespace", path);
  const partition = readOptionalText(fields, "Partition", path);
  return formatServiceName({
    name: readText(fields, "Name", path),
    ...given({ namespace, partition }),
  });
}

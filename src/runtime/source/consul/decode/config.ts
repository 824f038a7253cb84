// JSON of config entries → what they say of a service: protocol and timeouts.

import type { Protocol } from "../../../../model/props";
import { formatServiceName } from "../../../../model/service-name";
import { type Fields, readDurationMs, readList, readObject, readOptionalText, readText } from "./reading";

/** Pairs of service key and value: a plain object would take a service named `constructor` for its own. */
export type ByService<T> = readonly (readonly [service: string, value: T])[];

export interface ResolverTimeouts {
  /** 0: not set. */
  readonly connectTimeoutMs: number;
  /** 0: not set. */
  readonly requestTimeoutMs: number;
}

/** GET /v1/config/service-defaults: protocols by service key, where one is set. */
export function decodeServiceProtocols(body: unknown): ByService<string> {
  const entries = readList(body, "service-defaults", (item, path) => {
    const fields = readObject(item, path);
    return [keyOf(fields, path), readOptionalText(fields, "Protocol", path)] as const;
  });
  return entries.flatMap(([key, protocol]) => (protocol === undefined ? [] : [[key, protocol]]));
}

/** GET /v1/config/proxy-defaults/global: the protocol of services that set none; undefined when there is none either. */
export function decodeDefaultProtocol(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  const { Config } = readObject(body, "proxy-defaults");
  if (Config === undefined || Config === null) return undefined;
  const { protocol } = readObject(Config, "proxy-defaults.Config");
  return typeof protocol === "string" && protocol !== "" ? protocol : undefined;
}

/** GET /v1/config/service-resolver: timeouts by service key. */
export function decodeResolverTimeouts(body: unknown): ByService<ResolverTimeouts> {
  return readList(body, "service-resolver", (item, path) => {
    const fields = readObject(item, path);
    const connectTimeoutMs = readDurationMs(fields, "ConnectTimeout", path);
    return [
      keyOf(fields, path),
      { connectTimeoutMs, requestTimeoutMs: readDurationMs(fields, "RequestTimeout", path) },
    ] as const;
  });
}

/** As Consul reads it: in any case, and an unknown one passes bytes on as tcp does. */
export function protocolOf(text: string | undefined): Protocol {
  const lower = text?.toLowerCase();
  return lower === "http" || lower === "http2" || lower === "grpc" ? lower : "tcp";
}

function keyOf(fields: Fields, path: string): string {
  const namespace = readOptionalText(fields, "Namespace", path);
  const partition = readOptionalText(fields, "Partition", path);
  return formatServiceName({
    name: readText(fields, "Name", path),
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
  });
}

// What holds for every listener of a gateway: callers' TLS and access logs.

export interface CallerTls {
  readonly minimum: "1.2" | "1.3";
  readonly maximum: "1.2" | "1.3";
  /** For TLS 1.2, in Envoy's names; empty: Envoy's own. */
  readonly ciphers: readonly string[];
}

/** One line for each connection of a TCP service and each request of an HTTP service. */
export interface AccessLogs {
  readonly to: { readonly kind: "stdout" | "stderr" } | { readonly kind: "file"; readonly path: string };
  /** Of Envoy's command operators. @default - JSON with the fields of Consul's own logs */
  readonly format?:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "json"; readonly json: JsonMap };
  /** Connections that reach no service are logged too. */
  readonly listeners: boolean;
}

export type JsonLeaf = string | number | boolean | null;
export interface JsonMap {
  readonly [key: string]: JsonLeaf | JsonMap | readonly (JsonLeaf | JsonMap)[];
}

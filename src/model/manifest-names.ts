// How a manifest is recognised.

/** The part before the slash never changes; the number changes when old readers would misunderstand a manifest. */
export const MANIFEST_API = "consul-terminating-gateway";
export const MANIFEST_API_VERSION = `${MANIFEST_API}/v1`;
export const MANIFEST_KIND = "TerminatingGatewayManifest";

/** Key of Consul's KV store with the manifest of a gateway, in the gateway's own namespace and partition. */
export function manifestKey(gatewayName: string): string {
  return `${MANIFEST_API}/${gatewayName}`;
}

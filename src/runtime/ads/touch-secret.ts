// A secret's meaning with other bytes. Pure. Envoy skips an update whose bytes equal the last ones it was given, even if
// it never put them to use because another secret of the same consumer was bad.

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DataSource } from "../xds/gen/envoy/config/core/v3/base_pb";
import { SecretSchema } from "../xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import type { Resource } from "../xds/resource";

/** Not in base64url, so never part of a content version. */
const MARK = "+";

/**
 * The secret with `count` newlines after its certificates, where PEM allows them. Its version is the old one and
 * `+<count>`. A secret without inline certificates keeps its bytes.
 */
export function touchSecret(resource: Resource, count: number): Resource {
  const secret = fromBinary(SecretSchema, resource.body);
  if (secret.type.case === "validationContext") append(secret.type.value.trustedCa, "\n".repeat(count));
  if (secret.type.case === "tlsCertificate") append(secret.type.value.certificateChain, "\n".repeat(count));
  return { ...resource, version: `${resource.version}${MARK}${count}`, body: toBinary(SecretSchema, secret) };
}

/** The version in the store of what touchSecret() may have changed. */
export function storeVersion(version: string): string {
  const mark = version.indexOf(MARK);
  return mark === -1 ? version : version.slice(0, mark);
}

function append(source: DataSource | undefined, text: string): void {
  if (source?.specifier.case === "inlineString") source.specifier.value += text;
  if (source?.specifier.case === "inlineBytes") {
    source.specifier.value = new Uint8Array([...source.specifier.value, ...new TextEncoder().encode(text)]);
  }
}

// A secret's meaning with other bytes. Pure. Envoy skips an update whose bytes equal the last ones it was given, even if
// it never put them to use because another secret of the same consumer was bad.

import type { Resource } from "../xds/resource";
import { field } from "./encode";
import { readFields } from "./read";

/** Not in base64url, so never part of a content version. */
const MARK = "+";

/**
 * Field numbers from a Secret to its inline certificates: `tls_certificate.certificate_chain` and
 * `validation_context.trusted_ca`, each as `inline_bytes` or `inline_string`.
 */
const CERTIFICATES = [
  [2, 1, 2],
  [2, 1, 3],
  [4, 1, 2],
  [4, 1, 3],
] as const;

/** Field numbers of `validation_context` and, in it, `verify_certificate_hash`: any one of them is to match. */
const [CONTEXT, HASH] = [4, 2] as const;

/**
 * The secret with `count` newlines after its certificates, where PEM allows them, and each hash of a certificate `count` times
 * more. Its version is the old one and `+<count>`. A secret with neither keeps its bytes.
 */
export function touchSecret(resource: Resource, count: number): Resource {
  const newlines = new Uint8Array(count).fill(0x0a);
  const again = Buffer.concat(new Array<Uint8Array>(count).fill(hashesOf(resource.body)));
  const touched = CERTIFICATES.reduce((bytes, path) => append(bytes, path, newlines), resource.body);
  const body = append(touched, [CONTEXT], again);
  return { ...resource, version: `${resource.version}${MARK}${count}`, body };
}

/** The version in the store of what touchSecret() may have changed. */
export function storeVersion(version: string): string {
  const mark = version.indexOf(MARK);
  return mark === -1 ? version : version.slice(0, mark);
}

/** The fields as they are. */
function hashesOf(secret: Uint8Array): Uint8Array {
  const found: Uint8Array[] = [];
  for (const { number, value } of readFields(secret)) {
    if (number !== CONTEXT || typeof value === "number") continue;
    for (const { number: inner, from, to } of readFields(value)) {
      if (inner === HASH) found.push(value.subarray(from, to));
    }
  }
  return Buffer.concat(found);
}

/** With `tail` at the end of the field that the path leads to; the same bytes where there is none. */
function append(message: Uint8Array, [number, ...rest]: readonly number[], tail: Uint8Array): Uint8Array {
  if (number === undefined) return Buffer.concat([message, tail]);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const { number: found, value, from, to } of readFields(message)) {
    if (found !== number || typeof value === "number") continue;
    parts.push(message.subarray(end, from), ...field(number, append(value, rest, tail)));
    end = to;
  }
  return Buffer.concat([...parts, message.subarray(end)]);
}

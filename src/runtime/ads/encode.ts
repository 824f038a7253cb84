// A response of a session as the bytes of its DeltaDiscoveryResponse. Pure. Written by hand so that bodies, which are most of
// it, are copied once, into a buffer of exactly the right size.

import { TYPE_URLS } from "../xds/resource";
import type { DeltaResponse } from "./protocol";

const LENGTHENED = 2;

/** Field numbers as in envoy/service/discovery/v3/discovery.proto. */
export function encodeResponse({ type, nonce, resources, removed }: DeltaResponse): Uint8Array {
  const typeUrl = field(1, Buffer.from(TYPE_URLS[type]));
  return Buffer.concat([
    // system_version_info, shown by Envoy's config_dump only.
    ...field(1, Buffer.from(nonce)),
    ...resources.flatMap(({ name, version, body }) =>
      nested(2, [
        ...field(1, Buffer.from(version)),
        ...nested(2, [...typeUrl, ...field(2, body)]),
        ...field(3, Buffer.from(name)),
      ]),
    ),
    ...field(4, Buffer.from(TYPE_URLS[type])),
    ...field(5, Buffer.from(nonce)),
    ...removed.flatMap((name) => field(6, Buffer.from(name))),
  ]);
}

/** Tag, length and content of a field. */
export function field(number: number, content: Uint8Array): readonly Uint8Array[] {
  return nested(number, [content]);
}

function nested(number: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const head = [(number << 3) | LENGTHENED];
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  for (; length > 0x7f; length = Math.floor(length / 128)) head.push((length % 128) | 0x80);
  head.push(length);
  return [Uint8Array.from(head), ...parts];
}

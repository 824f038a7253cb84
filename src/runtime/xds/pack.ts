// Typed plain objects → Resource: encoded bytes, and a version that depends on them alone.

import { hash } from "node:crypto";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { deferred, encode } from "./encode";
import type { Resource, ResourceRef, ResourceType } from "./resource";

/** A message in google.protobuf.Any, to be encoded with the message that holds it. */
export function pack<D extends DescMessage>(
  schema: D,
  init: MessageInitShape<D>,
): { readonly typeUrl: string; readonly value: Uint8Array } {
  return { typeUrl: `type.googleapis.com/${schema.typeName}`, value: deferred(schema, init) };
}

/** Encodes one resource. `children` are the resources that it names. */
export function makeResource<D extends DescMessage>(
  type: ResourceType,
  schema: D,
  init: MessageInitShape<D> & { readonly name?: string },
  options: { readonly name: string; readonly children?: readonly ResourceRef[] },
): Resource {
  const body = encode(schema, init);
  return { type, name: options.name, version: versionOf(body), body, children: options.children ?? [] };
}

/** The first 16 characters of base64url SHA-256: 96 bits, far beyond accidental collision. */
function versionOf(body: Uint8Array): string {
  return hash("sha256", body, "base64url").slice(0, 16);
}

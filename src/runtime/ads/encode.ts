// A response of a session as the message that goes over the wire. Pure; bodies are shared, not copied.

import { create } from "@bufbuild/protobuf";
import {
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from "../xds/gen/envoy/service/discovery/v3/discovery_pb";
import { TYPE_URLS } from "../xds/resource";
import type { DeltaResponse } from "./protocol";

export function encodeResponse(response: DeltaResponse): DeltaDiscoveryResponse {
  const typeUrl = TYPE_URLS[response.type];
  return create(DeltaDiscoveryResponseSchema, {
    typeUrl,
    nonce: response.nonce,
    // Shown by Envoy's config_dump only.
    systemVersionInfo: response.nonce,
    resources: response.resources.map(({ name, version, body }) => ({
      name,
      version,
      resource: { typeUrl, value: body },
    })),
    removedResources: [...response.removed],
  });
}

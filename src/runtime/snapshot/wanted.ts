// What must be watched for a state to become complete.

import type { GatewayModel } from "../../model/gateway";
import { materialKeys, materialName } from "./materials";
import type { GatewayState, MaterialKey, WatchKey } from "./state";

/** The files that the linked services use, each once. */
export function wantedMaterials(state: GatewayState): readonly MaterialKey[] {
  const keys = new Map<string, MaterialKey>();
  for (const { link } of state.services.values()) {
    for (const key of materialKeys(link.upstream)) keys.set(materialName(key), key);
  }
  return [...keys.values()];
}

/** Everything to watch: the gateway's own, four answers per linked service, the files. */
export function wanted(state: GatewayState): readonly WatchKey[] {
  return [
    { kind: "identity" },
    { kind: "roots" },
    { kind: "links" },
    ...[...state.services.keys()].flatMap((service): readonly WatchKey[] => [
      { kind: "instances", service },
      { kind: "intentions", service },
      { kind: "config", service },
      { kind: "leaf", service },
    ]),
    ...wantedMaterials(state).map((material): WatchKey => ({ kind: "material", material })),
  ];
}

/** The files that a declaration names, each with its path in the declaration; for checks before anything runs. */
export function materialsOf(model: GatewayModel): readonly { readonly key: MaterialKey; readonly path: string }[] {
  return model.services.flatMap(({ upstream }, index) =>
    materialKeys(upstream).map((key) => ({
      key,
      path: `services[${index}].tls.${key.kind === "ca" ? "caFile" : "certFile"}`,
    })),
  );
}

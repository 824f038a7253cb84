// What the runtime tells the log about its parts: xDS streams, the Envoy that was found, a refused manifest.

import { formatIssue, type Issue } from "../model/issues";
import type { SessionEvent } from "./ads/protocol";
import type { LocatedEnvoy } from "./envoy/locate";
import { formatVersion } from "./envoy/version";
import type { Loop } from "./loop";
import type { Logger } from "./ports";
import type { ServiceHistory } from "./service-history";
import type { ResourceRef } from "./xds/resource";

/** What the stream tells, for the log; a refusal is also shown with the services that it concerns. */
export function makeOnEvent(loop: Loop, history: ServiceHistory, log: Logger): (event: SessionEvent) => void {
  const refuse = (refs: readonly ResourceRef[], detail: string): void => {
    loop.refused(refs, detail);
    history.refused(refs, detail);
  };
  return (event) => {
    switch (event.kind) {
      case "connected":
        return log.info("Envoy connected", { node: event.node, version: formatVersion(event.envoy) });
      case "refused":
      case "failed":
        return log.error("xDS stream ended", { reason: event.reason });
      case "nack":
        log.error("Envoy refused resources", { type: event.type, names: event.names, reason: event.detail });
        return refuse(
          event.names.map((name) => ({ type: event.type, name })),
          event.detail,
        );
      case "bisect":
        return log.warn("Envoy refused a response without saying which resource", {
          type: event.type,
          resources: event.count,
          reason: event.detail,
        });
      case "acked":
        return log.debug("Envoy accepted", { type: event.type, names: event.names, removed: event.removed });
    }
  };
}

export function sayIssues(issues: readonly Issue[], log: Logger): void {
  for (const issue of issues) log.error("manifest refused, the last good one serves", { reason: formatIssue(issue) });
}

export function sayEnvoy({ path, version, warnings }: LocatedEnvoy, log: Logger): void {
  log.info("Envoy found", { path, version: formatVersion(version) });
  for (const reason of warnings) log.warn("Envoy has known holes", { reason });
}

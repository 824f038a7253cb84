// Which clients may have a stream: those that report a supported Envoy build. Pure.

import { type EnvoyVersion, formatVersion, MIN_ENVOY, refusalReason } from "../envoy/version";
import type { DeltaNode } from "./protocol";

/**
 * The Envoy version in a node, or why the stream is refused. An unknown version is refused too: Envoy ignores fields
 * that it does not know without a NACK, so only the reported version tells whether a security setting takes effect.
 */
export function checkEnvoyVersion(
  node: DeltaNode | undefined,
): { readonly version: EnvoyVersion } | { readonly refused: string } {
  const reported = node?.userAgentVersionType;
  const semver = reported?.case === "userAgentBuildVersion" ? reported.value.version : undefined;
  if (semver === undefined) {
    return {
      refused: `the client does not report its Envoy build version (node.user_agent_build_version); Envoy ${formatVersion(MIN_ENVOY)} or newer is needed`,
    };
  }
  const version = { major: semver.majorNumber, minor: semver.minorNumber, patch: semver.patch };
  const reason = refusalReason(version);
  return reason === undefined ? { version } : { refused: `${reason}; use ${formatVersion(MIN_ENVOY)} or newer` };
}

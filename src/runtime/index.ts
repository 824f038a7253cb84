// The package's /runtime entry: running a gateway from a program of one's own.

export { DEFAULT_DRAIN_TIME_S, type RuntimeConfig } from "./config";
export type { ServiceStatus } from "./loop";
export { type Logger, makeLogger } from "./ports";
export { type Runtime, type RuntimeOptions, startRuntime } from "./run";
export { type ManifestOrigin, type ReadManifest, readManifest } from "./source/manifest/read";

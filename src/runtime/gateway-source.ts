// What a run needs of its source, whichever it is: who the gateway is, its events, and what only some sources can do.

import type { Result } from "../model/issues";
import type { StaticParts } from "./envoy/static-parts";
import type { StateDir } from "./persist";
import type { TrustBundle, WatchEvent } from "./snapshot/state";
import type { ClientLeaf } from "./source/local/cert";
import type { SourceStatus } from "./status/view";

/** Read and found right; nothing runs yet. */
export interface GatewaySource {
  readonly kind: "standalone" | "consul";
  /** Name of the gateway: its folder in the state and run directories. */
  readonly gateway: string;
  /** The user's mistakes come back as issues; what is broken on this machine is thrown. */
  open(state: StateDir): Promise<Result<OpenSource>>;
}

export interface OpenSource {
  /** Emits from now on. */
  start(emit: (event: WatchEvent) => void): RunningSource;
  /** Where it is not started after all: ends what opening it began. */
  close(): Promise<void>;
  /** The mesh roots. Throws while they are not known. */
  trust(): TrustBundle;
  /** A client leaf of the embedded CA. Rejects where there is none. */
  issueLeaf(service: string): Promise<ClientLeaf>;
  /** Of the embedded CA. Rejects where there is none. */
  rotateRoot(): Promise<void>;
}

export interface RunningSource {
  /** Reads the manifest now, where there is one. */
  reload(): void;
  /** Whether Envoy serves: callers are told where somebody can tell them. */
  setServing(serving: boolean): void;
  /** What Envoy is to be started with beside the gateway's own; resolves as soon as it is known. */
  readonly parts: Promise<StaticParts>;
  status(): SourceStatus;
  /** Envoy does not take those parts and runs without them. */
  partsRefused(reason: string): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

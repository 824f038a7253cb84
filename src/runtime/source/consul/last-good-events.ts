// The last good state as events: what is kept of each kind, what is dropped with its service, and reading it back. Pure.

import { VERSION } from "../../../model/version";
import type { WatchEvent, WatchKey } from "../../snapshot/state";

/** Certificates on disk are read from disk; problems are of the moment. */
export type KeptEvent = Exclude<WatchEvent, { readonly kind: "identity" | "material" | "problem" }>;

export interface Kept {
  readonly datacenter: string;
  /** Milliseconds since 1970. */
  readonly savedAtMs: number;
  readonly events: readonly KeptEvent[];
}

/** An order in which each event finds what it is about. */
const ORDER = ["roots", "links", "config", "instances", "intentions", "leaf"] as const satisfies KeptEvent["kind"][];

/** What an event tells of: a later one takes its place. The slot of a problem is that of what it is about. */
export function slotOf(event: KeptEvent | WatchKey): string {
  return "service" in event ? `${event.kind} ${event.service}` : event.kind;
}

export function isKept(event: WatchEvent): event is KeptEvent {
  return ORDER.some((kind) => kind === event.kind);
}

/** Takes one event in; a list of links takes out what it no longer names. */
export function keep(slots: Map<string, KeptEvent>, event: KeptEvent): void {
  slots.set(slotOf(event), event);
  if (event.kind !== "links") return;
  const names = new Set(event.links.map(({ name }) => name));
  for (const [slot, kept] of slots) if ("service" in kept && !names.has(kept.service)) slots.delete(slot);
}

export function inOrder(events: Iterable<KeptEvent>): readonly KeptEvent[] {
  const rank = (event: KeptEvent): number => ORDER.indexOf(event.kind);
  return [...events].sort((a, b) => rank(a) - rank(b));
}

/** With the package's version: another version may mean something else by the same fields. */
export function encodeKept(kept: Kept): object {
  return { version: VERSION, ...kept };
}

/** Undefined for what another version wrote, and for nothing. Throws on what this version cannot have written. */
export function decodeKept(value: unknown): Kept | undefined {
  if (value === undefined) return undefined;
  const fields = value as Partial<Kept & { readonly version: string }>;
  if (typeof fields !== "object" || fields === null) throw new Error("it is no object");
  if (fields.version !== VERSION) return undefined;
  const { datacenter, savedAtMs, events } = fields;
  if (typeof datacenter !== "string" || typeof savedAtMs !== "number" || !Array.isArray(events)) {
    throw new Error("fields are missing");
  }
  const known = events.every((event: KeptEvent) => ORDER.includes(event?.kind));
  if (!known) throw new Error("it holds an event of an unknown kind");
  return { datacenter, savedAtMs, events };
}

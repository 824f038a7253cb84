// A Consul source under test: what it emitted, by kind and service, and waiting for it.

import { type Logger, systemClock } from "../../src/runtime/ports";
import type { WatchEvent } from "../../src/runtime/snapshot/state";
import type { ConsulAddress } from "../../src/runtime/source/consul/access";
import { parseConsulAddress } from "../../src/runtime/source/consul/access";
import {
  type ConsulSource,
  type ConsulSourceOptions,
  startConsulSource,
} from "../../src/runtime/source/consul/consul-source";

type Kind = WatchEvent["kind"];
type EventOf<K extends Kind> = Extract<WatchEvent, { kind: K }>;

export interface Watched {
  readonly events: readonly WatchEvent[];
  readonly source: ConsulSource;
  readonly warnings: readonly string[];
  /** The last event of this kind (of this service) that `test` accepts, now or within `ms`. */
  until<K extends Kind>(kind: K, test: (event: EventOf<K>) => boolean, ms?: number): Promise<EventOf<K>>;
  /** The reason of a problem with this watch, once there is one that contains `text`. */
  problem(kind: Exclude<Kind, "problem">, service: string | undefined, text: string, ms?: number): Promise<string>;
  stop(): void;
}

export function addressOf(text: string): ConsulAddress {
  const parsed = parseConsulAddress(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

export function watchConsul(
  access: ConsulSourceOptions["access"],
  overrides?: ConsulSourceOptions["overrides"],
): Watched {
  const events: WatchEvent[] = [];
  const warnings: string[] = [];
  const quiet = (): void => undefined;
  const log: Logger = { debug: quiet, info: quiet, warn: (text) => void warnings.push(text), error: quiet };
  const source = startConsulSource({
    access,
    gateway: { name: "egress", datacenter: "dc1", binds: [{ name: "default", address: "127.0.0.1", port: 8443 }] },
    emit: (event) => void events.push(event),
    ...{ clock: systemClock, random: Math.random, log },
    ...(overrides === undefined ? {} : { overrides }),
  });
  const find = async <T>(look: () => T | undefined, what: string, ms: number): Promise<T> => {
    const end = Date.now() + ms;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`no ${what}; seen last: ${events.slice(-30).map(brief).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    ...{ events, source, warnings },
    until: <K extends Kind>(kind: K, test: (event: EventOf<K>) => boolean, ms = 15_000) =>
      find(
        () => events.findLast((event): event is EventOf<K> => event.kind === kind && test(event as EventOf<K>)),
        `${kind} event as wanted: ${test}`,
        ms,
      ),
    problem: (kind, service, text, ms = 15_000) =>
      find(
        () =>
          events
            .filter((event) => event.kind === "problem")
            .filter(({ of }) => of.kind === kind && ("service" in of ? of.service : undefined) === service)
            .map(({ reason }) => reason)
            .findLast((reason) => reason.includes(text)),
        `problem of ${kind} ${service} with ${text}`,
        ms,
      ),
    stop: source.stop,
  };
}

/** Without keys and certificates. */
function brief(event: WatchEvent): string {
  return JSON.stringify(event, (key, value) => (/pem|roots/i.test(key) ? "…" : value)).slice(0, 400);
}

// What holds where no intention matches: the servers' default policy, asked from a caller that nobody names.
// Deny unless a server proves otherwise.

import type { Intention } from "../../../model/gateway";
import type { IntentionAction } from "../../../model/props";
import type { Cancel } from "../../ports";
import { decodeMatches } from "./decode/intentions";
import { readFlag, readObject } from "./decode/reading";
import { matchNameOf } from "./place";
import type { WatchPorts } from "./watch-ports";

/** A mesh service that no intention names, so that only the default decides. */
const NOBODY = "no-such-service-asks-for-the-default-policy";
/** The policy is a server's configuration: it changes by restarts. */
const AGAIN_MS = 60_000;
const AFTER_FAILURE_MS = 5_000;

export interface DefaultPolicy {
  /** The policy, as far as it matters for a service with these intentions. */
  of(service: string, intentions: readonly Intention[]): Promise<IntentionAction>;
  stop(): void;
}

/** `onChange` is called when a later look shows another policy. */
export function startDefaultPolicy(ports: WatchPorts, onChange: () => void): DefaultPolicy {
  const { http, clock, log, enterprise } = ports;
  let known: IntentionAction | undefined;
  let asking: Promise<void> | undefined;
  /** A service that was seen without a wildcard source. */
  let witness = "";
  let cancel: Cancel = () => undefined;
  let stopped = false;

  const isOpen = async (name: string): Promise<boolean> => {
    const { body } = await http.read({
      path: "/v1/connect/intentions/match",
      params: { by: "destination", name },
    });
    return !decidesForAll(decodeMatches(body, [name]).get(name)?.intentions ?? []);
  };

  /** The server's answer; undefined when it proves nothing, as an intention for `*` may have given it. */
  const prove = async (service: string): Promise<IntentionAction | undefined> => {
    const name = matchNameOf(service, enterprise);
    const params = { source: NOBODY, destination: name };
    const { body } = await http.read({ path: "/v1/connect/intentions/check", params });
    const allowed = readFlag(readObject(body, "check"), "Allowed", "check", false);
    return (await isOpen(name)) ? (allowed ? "allow" : "deny") : undefined;
  };

  const look = async (): Promise<void> => {
    let again = AFTER_FAILURE_MS;
    try {
      const action = await prove(witness);
      if (action !== undefined) again = AGAIN_MS;
      const before = known;
      known = action ?? known;
      if (before !== undefined && known !== before && !stopped) onChange();
    } catch (error) {
      log.debug("default intention policy not known", { service: witness, reason: (error as Error).message });
    }
    cancel();
    if (!stopped) cancel = clock.setTimer(again, () => void look());
  };

  return {
    async of(service, intentions) {
      // There is nothing left for the default, and asking would show the wildcard's action.
      if (decidesForAll(intentions)) return "deny";
      witness = service;
      if (known === undefined) {
        asking ??= look().finally(() => {
          asking = undefined;
        });
        await asking;
      }
      return known ?? "deny";
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function decidesForAll(intentions: readonly Intention[]): boolean {
  return intentions.some(({ source, peer }) => source === "*" && peer === undefined);
}

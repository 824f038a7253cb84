// Flags → how a replica is kept in the catalog, and for how long when it says nothing. Pure.

import type { Issue, Result } from "../../../model/issues";
import { type ConsulAddress, isPrivate, parseConsulAddress } from "./access";
import { DEFAULT_REAP_AFTER_S, LEAST_REAP_AFTER_S } from "./registration-times";

export interface RegistrationFlags {
  readonly replica?: string;
  readonly reapAfter?: string;
  readonly localAgent?: string;
  readonly esm?: boolean;
}

export interface RegistrationWish {
  /** Tells replicas of one gateway apart; part of the names of its node and of its instance. */
  readonly replica: string;
  /** Seconds until a replica that died without a word is critical; 0: never. */
  readonly reapAfterS: number;
  /** The agent that registers it. @default - it registers itself with the servers */
  readonly agent?: ConsulAddress;
  /** A consul-esm of the cluster is to look after it as well. */
  readonly esm: boolean;
}

const MOST_S = 3_600;

/** `hostname` is the replica's name where none is given. */
export function parseRegistration(flags: RegistrationFlags, hostname: string): Result<RegistrationWish> {
  const issues: Issue[] = [];
  const replica = flags.replica ?? hostname.replace(/[^\w.-]+/g, "-");
  if (!/^[\w.-]{1,100}$/.test(replica)) {
    const allowed = "1-100 letters, digits, - _ and .";
    issues.push({ path: "--replica", got: JSON.stringify(replica), allowed, hint: "name this replica" });
  }
  const { reapAfter } = flags;
  const reapAfterS = reapAfter === undefined ? DEFAULT_REAP_AFTER_S : Number(reapAfter);
  const inRange = reapAfterS === 0 || (reapAfterS >= LEAST_REAP_AFTER_S && reapAfterS <= MOST_S);
  if (reapAfter !== undefined && !(/^\d+$/.test(reapAfter) && inRange)) {
    const allowed = `whole seconds, ${LEAST_REAP_AFTER_S}-${MOST_S}, or 0 for never`;
    const hint = "Consul's sessions last ten seconds at least, and up to twice that";
    issues.push({ path: "--reap-after", got: JSON.stringify(reapAfter), allowed, hint });
  }
  const agent = flags.localAgent === undefined ? undefined : agentOf(flags.localAgent, issues);
  if (agent !== undefined && reapAfterS === 0) {
    const hint = "leave one of them out: an agent looks after the replica by nothing else";
    issues.push({ path: "--reap-after", got: "0 with --local-agent", allowed: "a time", hint });
  }
  const { esm = false } = flags;
  if (agent !== undefined && esm) {
    const hint = "leave one of them out: what is on an agent's node, the agent checks";
    issues.push({ path: "--esm", got: "together with --local-agent", allowed: "one of them", hint });
  }
  if (issues.length > 0) return { ok: false, error: issues };
  return { ok: true, value: { replica, reapAfterS, esm, ...(agent && { agent }) } };
}

/** On this host, so that token and registration stay on it, or encrypted. */
function agentOf(text: string, issues: Issue[]): ConsulAddress | undefined {
  const address = parseConsulAddress(text);
  if (address.ok && isPrivate(address.value)) return address.value;
  if (!address.ok) issues.push({ ...address.error, path: "--local-agent" });
  else {
    const hint = "give the HTTP API of the agent on this host; the token goes there";
    issues.push({
      path: "--local-agent",
      got: "http:// to another host",
      allowed: "loopback, unix:// or https://",
      hint,
    });
  }
  return undefined;
}

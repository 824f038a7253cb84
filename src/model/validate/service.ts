// Fields and rules of one external service.

import type { LimitsProps, ServiceProps, TimeoutsProps } from "../props";
import { instance, PORT, placeRules } from "./instances";
import { INTENTION, wildcardRule } from "./intention";
import { CALLER_NAME, SERVICE_NAME_OR_ANY, TENANCY } from "./names";
import {
  type Check,
  type Draft,
  isRefused,
  join,
  listOf,
  object,
  optional,
  type Reading,
  report,
  required,
} from "./reading";
import { bool, HOST, integer, leaf, meta, oneOf, text } from "./scalars";
import { tls } from "./tls";

const DAY_MS = 86_400_000;

const LIMITS = object<LimitsProps>({
  maxConnections: optional(integer(1, 1_000_000, "it counts concurrent connections")),
});

const TIMEOUTS = object<TimeoutsProps>({
  connectMs: optional(integer(1, 3_600_000, "in milliseconds")),
  requestMs: optional(integer(0, DAY_MS, "in milliseconds; 0 means no limit")),
  idleMs: optional(integer(0, DAY_MS, "in milliseconds; 0 means no limit")),
});

/** What a wildcard link cannot say: it stands for services that others register and configure. */
const NOT_FOR_WILDCARD = ["address", "port", "instances", "meta", "tags"];

export interface ServiceOptions {
  /** TLS is said where the service is linked. @default false */
  readonly linkedElsewhere?: boolean;
}

export function service<S>(options: ServiceOptions = {}): Check<ServiceProps<S>> {
  return object<ServiceProps<S>>(
    {
      name: required(text(SERVICE_NAME_OR_ANY)),
      namespace: optional(text(TENANCY)),
      address: optional(leaf<S>(HOST)),
      port: optional(PORT),
      instances: optional(listOf(instance<S>())),
      protocol: optional(oneOf(["tcp", "http", "http2", "grpc"])),
      tls: optional(tls<S>()),
      plaintext: optional(bool),
      disableAutoHostRewrite: optional(bool),
      allowFrom: optional(listOf(text(CALLER_NAME))),
      intentions: optional(listOf(INTENTION)),
      limits: optional(LIMITS),
      timeouts: optional(TIMEOUTS),
      onRevoke: optional(oneOf(["drain", "keep"])),
      wildcard: optional(bool),
      meta: optional(meta),
      tags: optional(listOf(text())),
    },
    {
      rules(draft, path, reading, given) {
        wildcardRule(
          { isAny: draft.name === "*", known: draft.name !== undefined, said: draft.wildcard },
          path,
          reading,
        );
        if (draft.name === "*") wildcardServiceRules(draft, path, reading, given);
        else placeRules(draft, path, reading, given);
        if (options.linkedElsewhere !== true || given.has("tls")) upstreamRules(draft, path, reading, given);
        permissionsRule(draft, path, reading);
        sourceRules(draft, path, reading);
      },
    },
  );
}

type ServiceDraft<S> = Draft<ServiceProps<S>>;
type Given = ReadonlySet<string>;

function wildcardServiceRules<S>(draft: ServiceDraft<S>, path: string, reading: Reading, given: Given): void {
  for (const key of NOT_FOR_WILDCARD.filter((each) => given.has(each))) {
    const hint = "declare the service under its own name as well";
    report(reading, { path: join(path, key), got: "a value", allowed: "nothing for the wildcard service *", hint });
  }
  if (draft.protocol !== undefined && draft.protocol !== "tcp") {
    const hint = "each service has the protocol of its own service-defaults";
    const issue = {
      path: join(path, "protocol"),
      got: draft.protocol,
      allowed: "nothing for the wildcard service *",
      hint,
    };
    report(reading, issue);
  }
}

/** Exactly one of TLS and plaintext, in so many words. */
function upstreamRules<S>(draft: ServiceDraft<S>, path: string, reading: Reading, given: Given): void {
  if (isRefused(reading, join(path, "plaintext"))) return;
  const plaintext = draft.plaintext === true;
  if (given.has("tls") === plaintext) {
    const hint = plaintext
      ? "remove one of them"
      : "add tls with a caFile, or plaintext: true if nothing may be encrypted";
    const got = plaintext ? "tls and plaintext: true" : "neither";
    report(reading, { path, got, allowed: "exactly one of tls and plaintext: true", hint });
  }
}

/** Consul answers 500 for permissions on a tcp service or on a wildcard destination. */
function permissionsRule<S>(draft: ServiceDraft<S>, path: string, reading: Reading): void {
  if (isRefused(reading, join(path, "protocol")) || !["tcp", undefined].includes(draft.protocol)) return;
  (draft.intentions ?? []).forEach((intention, index) => {
    if (intention?.permissions === undefined) return;
    const allowed = "permissions on http, http2 and grpc services under their own name";
    const hint = "set the service's protocol, or write an action";
    report(reading, {
      path: `${path}.intentions[${index}].permissions`,
      got: "permissions on a tcp service",
      allowed,
      hint,
    });
  });
}

/** One intention for each source: Consul has no place for a second one. */
function sourceRules<S>(draft: ServiceDraft<S>, path: string, reading: Reading): void {
  const home = draft.namespace ?? "";
  const seen = new Map<string, string>();
  const take = (source: string | undefined, namespace: string, at: string): void => {
    if (source === undefined) return;
    const key = `${namespace}/${source}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, at);
    else {
      const hint = "merge them: one intention decides for a source";
      report(reading, { path: at, got: `the source of ${first}`, allowed: "each source once", hint });
    }
  };
  (draft.allowFrom ?? []).forEach((source, index) => {
    take(source, home, `${path}.allowFrom[${index}]`);
  });
  (draft.intentions ?? []).forEach((intention, index) => {
    take(intention?.source, intention?.namespace ?? home, `${path}.intentions[${index}].source`);
  });
}

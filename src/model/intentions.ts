// Intentions as the model holds them and as Consul's service-intentions entry spells them.

import * as defaults from "./defaults";
import type { HeaderMatch, Intention, Permission } from "./gateway";
import type { PlanJson } from "./plan-types";
import type { HeaderProps, IntentionProps, PermissionProps, ServiceProps } from "./props";

/**
 * Consul's own number: 9 for an exact destination, 6 for `*`, each less one for every wildcard in the source's name and
 * namespace. The higher one decides.
 */
export function precedenceOf(
  destination: string,
  source: { readonly name: string; readonly namespace?: string | undefined },
): number {
  const most = destination === "*" ? 6 : 9;
  return most - (source.name === "*" ? 1 : 0) - (source.namespace === "*" ? 1 : 0);
}

/** `intentions`, then an allow for each `allowFrom`; sorted by falling precedence, ties in the order declared. */
export function intentionsOf<S>(service: ServiceProps<S>): readonly Intention[] {
  const short = (service.allowFrom ?? []).map((source): IntentionProps => ({ source }));
  return [...(service.intentions ?? []), ...short]
    .map((props) => intention(service.name, props))
    .sort((a, b) => b.precedence - a.precedence);
}

function intention(destination: string, props: IntentionProps): Intention {
  const { source, namespace, action, permissions, description } = props;
  return {
    source,
    ...(namespace === undefined ? {} : { namespace }),
    ...(permissions === undefined
      ? { action: action ?? defaults.INTENTION_ACTION }
      : { permissions: permissions.map(permission) }),
    precedence: precedenceOf(destination, { name: source, namespace }),
    ...(description === undefined ? {} : { description }),
  };
}

function permission(props: PermissionProps): Permission {
  const { action, pathExact, pathPrefix, pathRegex, methods = [], headers = [] } = props;
  const path =
    pathExact !== undefined
      ? ({ kind: "exact", value: pathExact } as const)
      : pathPrefix !== undefined
        ? ({ kind: "prefix", value: pathPrefix } as const)
        : pathRegex !== undefined
          ? ({ kind: "regex", value: pathRegex } as const)
          : undefined;
  return {
    action,
    ...(path === undefined ? {} : { path }),
    methods: methods.map((method) => method.toUpperCase()),
    headers: headers.map(headerMatch),
  };
}

const KINDS = ["exact", "prefix", "suffix", "contains", "regex"] as const;

function headerMatch(props: HeaderProps): HeaderMatch {
  const kind = KINDS.find((each) => props[each] !== undefined);
  const { name, ignoreCase = false, invert = false } = props;
  return { name, kind: kind ?? "present", value: kind === undefined ? "" : (props[kind] ?? ""), ignoreCase, invert };
}

/**
 * `Sources` of a service-intentions entry. Type and Precedence are spelled out and methods upper-cased, because the server
 * fills them in and a plan that leaves them out differs for ever.
 */
export function toConfigEntrySources<S>(intentions: readonly Intention[]): readonly PlanJson<S>[] {
  return intentions.map((each) => ({
    Name: each.source,
    ...(each.namespace === undefined ? {} : { Namespace: each.namespace }),
    ...(each.partition === undefined ? {} : { Partition: each.partition }),
    ...(each.peer === undefined ? {} : { Peer: each.peer }),
    ...(each.action === undefined ? {} : { Action: each.action }),
    ...(each.permissions === undefined ? {} : { Permissions: each.permissions.map(permissionEntry) }),
    Precedence: each.precedence,
    Type: "consul",
    ...(each.description === undefined ? {} : { Description: each.description }),
  }));
}

const PATH_KEYS = { exact: "PathExact", prefix: "PathPrefix", regex: "PathRegex" } as const;

function permissionEntry({ action, path, methods, headers }: Permission): { readonly [key: string]: PlanJson<never> } {
  const any = path === undefined && methods.length === 0 && headers.length === 0;
  return {
    Action: action,
    HTTP: {
      // "Any request" needs a condition: the server answers 500 "HTTP should not be empty".
      ...(any ? { PathPrefix: "/" } : {}),
      ...(path === undefined ? {} : { [PATH_KEYS[path.kind]]: path.value }),
      ...(methods.length === 0 ? {} : { Methods: methods }),
      ...(headers.length === 0 ? {} : { Header: headers.map(headerEntry) }),
    },
  };
}

const HEADER_KEYS = {
  exact: "Exact",
  prefix: "Prefix",
  suffix: "Suffix",
  contains: "Contains",
  regex: "Regex",
} as const;

function headerEntry({ name, kind, value, ignoreCase, invert }: HeaderMatch): {
  readonly [key: string]: PlanJson<never>;
} {
  return {
    Name: name,
    ...(kind === "present" ? { Present: true } : { [HEADER_KEYS[kind]]: value }),
    ...(ignoreCase ? { IgnoreCase: true } : {}),
    ...(invert ? { Invert: true } : {}),
  };
}

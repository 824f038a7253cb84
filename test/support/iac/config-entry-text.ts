// config_json as the provider understands it: decoded into structs, so keys are found in any case, unknown ones vanish
// without a word, and two texts are the same when what they decode to is.

import { isEqual, sortKeys, type Value } from "./values";

type Json = Readonly<Record<string, unknown>>;
/** Known keys: `true` for a value, a nested table for an object or a list of objects. */
interface Keys {
  readonly [name: string]: true | Keys;
}

const values = (...names: readonly string[]): Keys => Object.fromEntries(names.map((name) => [name, true]));

/** A map with keys of the user's choice. */
const ANY: Keys = {};
const COMMON: Keys = { ...values("Kind", "Name", "Namespace", "Partition"), Meta: ANY };
const HTTP: Keys = {
  ...values("PathExact", "PathPrefix", "PathRegex", "Methods"),
  Header: values("Name", "Present", "Exact", "Prefix", "Suffix", "Contains", "Regex", "Invert", "IgnoreCase"),
};
const KINDS: Readonly<Record<string, Keys>> = {
  "terminating-gateway": {
    ...COMMON,
    Services: values("Namespace", "Name", "CAFile", "CertFile", "KeyFile", "SNI", "DisableAutoHostRewrite"),
  },
  "service-defaults": {
    ...COMMON,
    ...values("Protocol", "Mode", "ExternalSNI", "MaxInboundConnections"),
    ...{ Expose: values("Checks", "Paths"), MeshGateway: values("Mode") },
    TransparentProxy: values("OutboundListenerPort", "DialedDirectly"),
  },
  "service-intentions": {
    ...COMMON,
    Sources: {
      ...values("Name", "Partition", "Peer", "Namespace", "Action", "Precedence", "Type", "Description"),
      Permissions: { ...values("Action"), HTTP },
    },
  },
};

/** What is sent to the server: known keys in their own spelling. */
export function decodeConfig(kind: string, text: string): Json {
  const keys = KINDS[kind];
  if (keys === undefined) throw new Error(`the provider for tests does not know config entries of kind ${kind}`);
  return decode(JSON.parse(text), keys) as Json;
}

function decode(value: unknown, keys: true | Keys): unknown {
  if (keys === true || keys === ANY || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => decode(each, keys));
  const entries = Object.entries(value).flatMap(([name, each]) => {
    const known = Object.keys(keys).find((key) => key.toLowerCase() === name.toLowerCase());
    return known === undefined ? [] : [[known, decode(each, keys[known] ?? true)]];
  });
  return Object.fromEntries(entries);
}

/**
 * What the state holds of an entry that the server returned: one line, sorted keys, without what is not configuration, and
 * without empty lists and metadata, which the provider's structs leave out.
 */
export function configText(entry: Json): string {
  const {
    Kind: _k,
    Name: _n,
    CreateIndex: _c,
    ModifyIndex: _m,
    Hash: _h,
    Namespace: _s,
    Partition: _p,
    ...body
  } = entry;
  return JSON.stringify(sortKeys(withoutEmpty(body)));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, each]) => {
    const isList = Array.isArray(each) || (key === "Meta" && each !== null && typeof each === "object");
    return !isZero(each) && !(isList && Object.keys(each as object).length === 0);
  });
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutEmpty(each)]));
}

/**
 * Empty texts, zeros and false are what absent fields decode to; an empty object or list is not, so
 * `TransparentProxy: {}` and no such key differ.
 */
export function isSameConfig(kind: string, a: string, b: string): boolean {
  if (a === "" || b === "") return a === b;
  return isEqual(comparable(decodeConfig(kind, a)), comparable(decodeConfig(kind, b)));
}

function comparable(value: unknown): Value {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value as Value;
  const entries = Object.entries(value)
    // The entry itself says these; the server adds namespaces where there are any.
    .filter(([key, each]) => !["Kind", "Namespace", "Partition"].includes(key) && !isZero(each))
    .map(([key, each]) => [key, comparable(each)]);
  return Object.fromEntries(entries);
}

const isZero = (value: unknown): boolean => value === "" || value === 0 || value === false || value === null;

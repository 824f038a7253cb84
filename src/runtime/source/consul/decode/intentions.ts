// JSON of intentions → the model's intentions, in Consul's order of precedence.

import type { HeaderMatch, Intention, Permission } from "../../../../model/gateway";
import type { IntentionAction } from "../../../../model/props";
import {
  DecodeError,
  type Fields,
  readFlag,
  readList,
  readObject,
  readOptionalText,
  readText,
  readWhole,
} from "./reading";

export interface DecodedIntentions {
  /** Sorted by falling precedence, as answered. */
  readonly intentions: readonly Intention[];
  /** What cannot be enforced here and is therefore denied: one reason per source. */
  readonly notes: readonly string[];
  /** The same in the form of the list, to compare the two. */
  readonly marks: readonly IntentionMark[];
}

/** Destination as `partition/namespace/name` (`*` in it stands for many), and a text that changes with its intentions. */
export type IntentionMark = readonly [destination: string, content: string];

/** GET /v1/connect/intentions, or one list of a match: content by destination, to see which of them changed. */
export function decodeIntentionMarks(body: unknown): readonly IntentionMark[] {
  const rows = new Map<string, string[]>();
  readList(body, "intentions", (item, path) => {
    const fields = readObject(item, path);
    const { CreateIndex: _created, ModifyIndex: _modified, Hash: _hash, UpdatedAt: _at, ...content } = fields;
    const partition = readOptionalText(content, "DestinationPartition", path) ?? "default";
    const namespace = readOptionalText(content, "DestinationNS", path) ?? "default";
    const name = `${partition}/${namespace}/${readText(content, "DestinationName", path)}`;
    rows.set(name, [...(rows.get(name) ?? []), JSON.stringify(content)]);
  });
  return [...rows].map(([name, texts]) => [name, texts.sort().join("\n")]);
}

/** GET /v1/connect/intentions/match: one list per name that was asked for. */
export function decodeMatches(body: unknown, names: readonly string[]): ReadonlyMap<string, DecodedIntentions> {
  const fields = readObject(body, "match");
  return new Map(names.map((name) => [name, readSet(fields[name], `match[${name}]`)]));
}

function readSet(value: unknown, path: string): DecodedIntentions {
  const notes: string[] = [];
  const intentions = readList(value, path, (item, at) => readIntention(readObject(item, at), at, notes));
  return { intentions, notes, marks: decodeIntentionMarks(value) };
}

function readIntention(fields: Fields, path: string, notes: string[]): Intention {
  const source = readText(fields, "SourceName", path);
  const namespace = readOptionalText(fields, "SourceNS", path);
  const partition = readOptionalText(fields, "SourcePartition", path);
  const peer = readOptionalText(fields, "SourcePeer", path);
  const description = readOptionalText(fields, "Description", path);
  const shared = {
    source,
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
    ...(peer === undefined ? {} : { peer }),
    precedence: readWhole(fields, "Precedence", path),
    ...(description === undefined ? {} : { description }),
  };
  const deny = (what: string): Intention => {
    notes.push(`"${source}" is denied: its intention ${what}`);
    return { ...shared, action: "deny" };
  };
  if (readOptionalText(fields, "SourceSamenessGroup", path) !== undefined) return deny("names a sameness group");
  if (fields.JWT !== undefined && fields.JWT !== null) return deny("demands a JWT, which a gateway does not check");
  const permissions = readList(fields.Permissions, `${path}.Permissions`, (item, at) => readObject(item, at));
  if (permissions.length === 0) return { ...shared, action: readAction(fields, path) };
  if (permissions.some(({ JWT }) => JWT !== undefined && JWT !== null)) {
    return deny("demands a JWT, which a gateway does not check");
  }
  return { ...shared, permissions: permissions.map((item, at) => readPermission(item, `${path}.Permissions[${at}]`)) };
}

function readAction(fields: Fields, path: string): IntentionAction {
  const action = readText(fields, "Action", path);
  if (action !== "allow" && action !== "deny") throw new DecodeError(`${path}.Action`, "allow or deny");
  return action;
}

function readPermission(fields: Fields, path: string): Permission {
  const action = readAction(fields, path);
  if (fields.HTTP === undefined || fields.HTTP === null) return { action, methods: [], headers: [] };
  const at = `${path}.HTTP`;
  const http = readObject(fields.HTTP, at);
  const kinds = { exact: "PathExact", prefix: "PathPrefix", regex: "PathRegex" } as const;
  const [found] = Object.entries(kinds).flatMap(([kind, key]) => {
    const value = readOptionalText(http, key, at);
    return value === undefined ? [] : [{ kind: kind as keyof typeof kinds, value }];
  });
  return {
    action,
    ...(found === undefined ? {} : { path: found }),
    methods: readList(http.Methods, `${at}.Methods`, (item, where) => {
      if (typeof item !== "string") throw new DecodeError(where, "text");
      return item.toUpperCase();
    }),
    headers: readList(http.Header, `${at}.Header`, (item, where) => readHeader(readObject(item, where), where)),
  };
}

function readHeader(fields: Fields, path: string): HeaderMatch {
  const shared = {
    name: readText(fields, "Name", path),
    ignoreCase: readFlag(fields, "IgnoreCase", path, false),
    invert: readFlag(fields, "Invert", path, false),
  };
  if (readFlag(fields, "Present", path, false)) return { ...shared, kind: "present", value: "" };
  for (const kind of ["exact", "prefix", "suffix", "contains", "regex"] as const) {
    const value = readOptionalText(fields, `${kind[0]?.toUpperCase()}${kind.slice(1)}`, path);
    if (value !== undefined) return { ...shared, kind, value };
  }
  // A match of a kind that is not known here must not be read as "any": the answer as a whole is refused.
  throw new DecodeError(path, "known kind of header match");
}

// Goes through a static listener, cluster, sink or tracer, whatever its shape: extensions, names of clusters, files, sockets.

import { overlaps, rangeOf } from "../ip-range";
import type { Place } from "../place";
import { describe } from "../validate/describe";
import { isIpAddress } from "../validate/hosts";
import { CLUSTER_FIELDS, FILE_LOG, FILTER_LISTS, KNOWN_TYPES, LOG_FILES, REFUSED_FIELDS } from "./guard-rules";
import type { JsonObject, JsonValue } from "./values";

/** What is the gateway's own on this host; empty where it is not known yet, as at synth. */
export interface GuardContext {
  readonly binds: readonly Place[];
  /** Of the admin interface, where it is on TCP. */
  readonly adminPort?: number;
  /** Directories and sockets that only the gateway may use. */
  readonly privatePaths: readonly string[];
  /** Addresses of the host. */
  readonly hostAddresses: readonly string[];
  readonly allowPublic: boolean;
}

export interface Judge {
  readonly context: GuardContext;
  /** Clusters that may be named. */
  readonly names: ReadonlySet<string>;
  readonly refuse: (field: string, got: string, hint: string) => void;
}

/** Where a file's content goes into a handshake and nowhere else. */
const TLS_FILE = /\.transport_?socket\.typed_?config\.common_?tls_?context\./i;

const EXTRAS_ALONE = "it may lead to clusters of envoy_extra_static_clusters_json alone";

/** Every object below `value`, each field under its name in snake case. */
export function walk(value: JsonValue, at: string, judge: Judge): void {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) walk(each, `${at}[${index}]`, judge);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  typeRules(value as JsonObject, at, judge);
  const keys = Object.keys(value);
  if (new Set(keys.map(toSnake)).size < keys.length) judge.refuse(at, "a field in both spellings", "write it once");
  for (const [field, each] of Object.entries(value)) {
    const key = toSnake(field);
    fieldRules(key, each, `${at}.${field}`, judge);
    walk(each, `${at}.${field}`, judge);
  }
}

function typeRules(value: JsonObject, at: string, { refuse }: Judge): void {
  if (!("@type" in value)) return;
  const type = typeOf(value);
  if (!KNOWN_TYPES.has(type)) refuse(at, describe(type), "this extension is not among those that can be checked");
  if (type === FILE_LOG && !LOG_FILES.has(String(value.path))) {
    refuse(`${at}.path`, describe(value.path), `only ${[...LOG_FILES].join(", ")}: others choose what is written`);
  }
}

function fieldRules(key: string, value: JsonValue, at: string, judge: Judge): void {
  const { refuse, names } = judge;
  const reason = Object.hasOwn(REFUSED_FIELDS, key) ? REFUSED_FIELDS[key] : undefined;
  if (reason !== undefined) refuse(at, "a field that is not taken", reason);
  if (CLUSTER_FIELDS.has(key) && typeof value === "string" && !names.has(value)) {
    refuse(at, describe(value), EXTRAS_ALONE);
  }
  if (key === "clusters" && Array.isArray(value)) {
    for (const [index, each] of value.entries()) clusterRef(snake(each).name, `${at}[${index}].name`, judge);
  }
  if (FILTER_LISTS.has(key) && Array.isArray(value) && !value.every((each) => "typed_config" in snake(each))) {
    refuse(at, "a filter without typed_config", "say what it is by its typed_config");
  }
  if (key === "filename" && !TLS_FILE.test(at)) {
    refuse(at, "a file of this host", "only TLS contexts read files: anything else would show what is in them");
  }
  if (key === "pipe") pipeRules(snake(value).path, at, judge);
  if (key === "socket_address") socketRules(snake(value), at, judge);
}

function clusterRef(name: JsonValue | undefined, at: string, { names, refuse }: Judge): void {
  if (typeof name === "string" && names.has(name)) return;
  refuse(at, describe(name), EXTRAS_ALONE);
}

function pipeRules(path: JsonValue | undefined, at: string, { context, refuse }: Judge): void {
  const text = String(path).replace(/\/+/g, "/");
  const isPlain = text.startsWith("/") && !/\/\.{1,2}(\/|$)|^\/(proc|dev)\//.test(text);
  if (!isPlain) refuse(at, "a socket's path", "write it in full, without . and .., and not below /proc or /dev");
  if (context.privatePaths.some((each) => text === each || text.startsWith(`${each}/`))) {
    refuse(at, "a private socket of the gateway", "it can stop Envoy or hand out keys");
  }
}

function socketRules(socket: JsonObject, at: string, { context, refuse }: Judge): void {
  const { address, port_value: port, named_port: named, resolver_name: resolver } = socket;
  if (named !== undefined || resolver !== undefined) {
    refuse(at, "a named port or resolver", "write the port as port_value");
  }
  if (context.adminPort === undefined || Number(port) !== context.adminPort) return;
  if (!isHere(String(address), context.hostAddresses)) return;
  refuse(
    at,
    `port ${context.adminPort}`,
    "the admin interface has it, which can stop Envoy and show its configuration",
  );
}

/** Whether an address may be this host's; a name may be anybody's. */
function isHere(address: string, host: readonly string[]): boolean {
  if (!isIpAddress(address) || ["loopback", "any"].includes(rangeOf(address))) return true;
  return host.some((own) => overlaps({ address: own, port: 0 }, { address, port: 0 }));
}

export function typeOf(value: JsonObject): string {
  return String(value["@type"]).replace(/^.*\//, "");
}

export function snake(value: JsonValue | undefined): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [toSnake(key), each]));
}

/** JSON of protobuf has fields in either spelling. */
function toSnake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

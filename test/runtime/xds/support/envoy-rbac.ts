// Evaluates the matcher of an RBAC filter as Envoy's documentation describes it: matchers of a list in their order, the
// first whose predicate holds decides, a nested matcher that says nothing is no match, else on_no_match.
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { fullMatch } from "./re2";

export interface Request {
  /** URI SANs of the caller's certificate. */
  readonly uris: readonly string[];
  /** Path with its query, already normalised. */
  readonly path?: string;
  readonly method?: string;
  /** Lines in the order sent, names in lower case. */
  readonly headers?: readonly (readonly [string, string])[];
}

/** @param extension proto3 JSON of the ECDS resource, its Any written out */
export function judge(extension: JsonObject, request: Request): "allow" | "deny" {
  const { matcher } = extension.typedConfig as JsonObject;
  return decide(matcher as JsonObject, request) ?? "deny";
}

function decide(matcher: JsonObject, request: Request): "allow" | "deny" | undefined {
  const list = (matcher.matcherList as { matchers: { predicate: JsonObject; onMatch: JsonObject }[] } | undefined)
    ?.matchers;
  for (const { predicate, onMatch } of list ?? []) {
    const result = holds(predicate, request) ? follow(onMatch, request) : undefined;
    if (result !== undefined) return result;
  }
  return matcher.onNoMatch === undefined ? undefined : follow(matcher.onNoMatch as JsonObject, request);
}

function follow(onMatch: JsonObject, request: Request): "allow" | "deny" | undefined {
  if (onMatch.matcher !== undefined) return decide(onMatch.matcher as JsonObject, request);
  const config = (onMatch.action as JsonObject).typedConfig as JsonObject;
  // ALLOW is 0, which proto3 JSON leaves out.
  return (config.action ?? "ALLOW") === "ALLOW" ? "allow" : "deny";
}

function holds(predicate: JsonObject, request: Request): boolean {
  const each = (list: JsonValue | undefined): JsonObject[] => (list as { predicate: JsonObject[] }).predicate;
  if (predicate.andMatcher !== undefined) return each(predicate.andMatcher).every((one) => holds(one, request));
  if (predicate.orMatcher !== undefined) return each(predicate.orMatcher).some((one) => holds(one, request));
  if (predicate.notMatcher !== undefined) return !holds(predicate.notMatcher as JsonObject, request);
  const { input, valueMatch } = predicate.singlePredicate as { input: JsonObject; valueMatch: JsonObject };
  const text = read(input.typedConfig as JsonObject, request);
  return text !== undefined && matches(valueMatch, text);
}

function read(input: JsonObject, { uris, path = "/", method = "GET", headers = [] }: Request): string | undefined {
  switch (String(input["@type"]).split(".").at(-1)) {
    case "UriSanInput":
      return uris.length === 0 ? undefined : uris.join(",");
    case "FilterStateInput":
      return path.split("?")[0];
    case "HttpRequestHeaderMatchInput": {
      const lines = [...headers, [":path", path], [":method", method]].filter(([name]) => name === input.headerName);
      return lines.length === 0 ? undefined : lines.map(([, value]) => value).join(",");
    }
    default:
      throw new Error(`unknown input ${input["@type"]}`);
  }
}

function matches(match: JsonObject, text: string): boolean {
  const fold = (each: JsonValue | undefined): string =>
    match.ignoreCase === true ? String(each).toLowerCase() : String(each);
  if (match.safeRegex !== undefined) return fullMatch((match.safeRegex as { regex: string }).regex, text);
  if (match.exact !== undefined) return fold(text) === fold(match.exact);
  if (match.prefix !== undefined) return fold(text).startsWith(fold(match.prefix));
  if (match.suffix !== undefined) return fold(text).endsWith(fold(match.suffix));
  if (match.contains !== undefined) return fold(text).includes(fold(match.contains));
  throw new Error(`unknown match ${JSON.stringify(match)}`);
}

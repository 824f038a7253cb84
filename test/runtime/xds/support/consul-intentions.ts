// Intentions as Consul's documentation describes them, written without a look at our own code: the intention with the
// highest precedence whose source matches decides; for an L7 intention the first matching permission does, and where none
// matches the default. On a TCP service an L7 intention denies. Headers here are single lines without commas.
import type { HeaderMatch, Intention, Permission } from "../../../../src/model/gateway";
import { fullMatch } from "./re2";

export interface Caller {
  readonly name: string;
  readonly namespace: string;
  readonly partition: string;
}

export interface PlainRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param request absent: a TCP service */
export function consulDecides(
  intentions: readonly Intention[],
  byDefault: "allow" | "deny",
  caller: Caller,
  request?: PlainRequest,
): "allow" | "deny" {
  let best: Intention | undefined;
  for (const intention of intentions) {
    if (intention.peer !== undefined) continue;
    const name = intention.source === "*" || intention.source === caller.name;
    const namespace = intention.namespace === "*" || (intention.namespace ?? "default") === caller.namespace;
    const partition = (intention.partition ?? "default") === caller.partition;
    if (!name || !namespace || !partition) continue;
    if (best === undefined || intention.precedence > best.precedence) best = intention;
  }
  if (best === undefined) return byDefault;
  if (best.permissions === undefined) return best.action ?? "deny";
  if (request === undefined) return "deny";
  return best.permissions.find((permission) => permits(permission, request))?.action ?? byDefault;
}

function permits({ path, methods, headers, action }: Permission, request: PlainRequest): boolean {
  const bare = request.path.replace(/\?.*$/, "");
  if (path?.kind === "exact" && bare !== path.value) return false;
  if (path?.kind === "prefix" && !bare.startsWith(path.value)) return false;
  if (path?.kind === "regex" && !fullMatch(path.value, bare)) return false;
  if (methods.length > 0 && !methods.includes(request.method)) return false;
  return headers.every((header) => headerHolds(header, request.headers[header.name], action));
}

/** An absent header satisfies an inverted condition only where that denies: in doubt, the request is refused. */
function headerHolds(
  { kind, value, ignoreCase, invert }: HeaderMatch,
  sent: string | undefined,
  action: string,
): boolean {
  if (kind === "present") return (sent !== undefined) !== invert;
  if (sent === undefined) return invert && action === "deny";
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const [a, b] = [fold(sent), fold(value)];
  const matched = {
    exact: a === b,
    prefix: a.startsWith(b),
    suffix: a.endsWith(b),
    contains: a.includes(b),
    regex: new RegExp(`^(?:${value})$`, ignoreCase ? "i" : "").test(sent),
  }[kind];
  return matched !== invert;
}

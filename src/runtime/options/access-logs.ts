// `AccessLogs` of proxy-defaults (Consul 1.15 and later) → what is logged and where. Pure.

import { describe, describeText } from "../../model/validate/describe";
import { isPlainObject } from "../../model/validate/reading";
import type { AccessLogs, JsonMap } from "../snapshot/listening";
import type { Said } from "./layers";
import { unknownCommand } from "./log-format";

const AT = "proxy-defaults.AccessLogs";

/** @param privatePaths directories that no log may be written to */
export function accessLogsOf(
  entry: Readonly<Record<string, unknown>>,
  privatePaths: readonly string[],
): { readonly accessLogs?: AccessLogs; readonly said: readonly Said[] } {
  if (entry.Enabled !== true) return { said: [] };
  const said: Said[] = [];
  const say = (key: string, got: string, allowed: string, hint: string): void => {
    said.push({ level: "warn", path: `${AT}.${key}`, got, allowed, hint });
  };
  const to = targetOf(entry, privatePaths, say);
  const format = formatOf(entry, say);
  if (to === undefined) return { said };
  const accessLogs: AccessLogs = { to, listeners: entry.DisableListenerLogs !== true, ...(format && { format }) };
  return { accessLogs, said };
}

type Say = (key: string, got: string, allowed: string, hint: string) => void;

function targetOf(
  { Type: type = "", Path: path }: Readonly<Record<string, unknown>>,
  privatePaths: readonly string[],
  say: Say,
): AccessLogs["to"] | undefined {
  if (type === "" || type === "stdout") return { kind: "stdout" };
  if (type === "stderr") return { kind: "stderr" };
  if (type !== "file") {
    say("Type", describe(type), "stdout, stderr or file", "nothing is logged");
    return undefined;
  }
  const text = typeof path === "string" ? path.replace(/\/+/g, "/") : "";
  const isPlain = text.startsWith("/") && !/\/\.{1,2}(\/|$)|^\/(proc|sys)\//.test(text);
  if (isPlain && !privatePaths.some((each) => text === each || text.startsWith(`${each}/`))) {
    return { kind: "file", path: text };
  }
  say(
    "Path",
    describeText(text),
    "the path of a file, in full, outside of the gateway's own directories",
    "nothing is logged",
  );
  return undefined;
}

function formatOf(
  { JSONFormat: json, TextFormat: text }: Readonly<Record<string, unknown>>,
  say: Say,
): AccessLogs["format"] {
  const [key, format] =
    typeof text === "string" && text !== ""
      ? ["TextFormat", { kind: "text", text } as const]
      : ["JSONFormat", jsonOf(json)];
  if (format === undefined) return undefined;
  const unknown =
    format === "broken"
      ? "what is no JSON object"
      : textsIn(format.kind === "text" ? format.text : format.json)
          .map(unknownCommand)
          .find(Boolean);
  if (unknown === undefined && format !== "broken") return format;
  say(key, unknown ?? "", "commands that Envoy knows", "the default fields are logged");
  return undefined;
}

function jsonOf(json: unknown): { readonly kind: "json"; readonly json: JsonMap } | "broken" | undefined {
  if (typeof json !== "string" || json === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(json);
    return isPlainObject(parsed) ? { kind: "json", json: parsed as JsonMap } : "broken";
  } catch {
    return "broken";
  }
}

/** Every text that Envoy reads for commands. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

// Values as short text for issues: never a secret, never long.

import { remnantOf } from "../remnants";

/** A plain word or path; anything else may be a credential that landed in the wrong place. */
const HARMLESS = /^[\w .,:;/*+~()[\]{}^$|?\\-]{0,64}$/;

/** Keys, tokens and ids: one long unbroken run. */
const SECRET_LIKE = /[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[A-Za-z0-9+/=_]{24,}/i;

/** Quoted where harmless, otherwise only its length. */
export function describeText(text: string): string {
  const remnant = remnantOf(text);
  if (remnant !== undefined) return remnant.got;
  if (text === "") return "an empty text";
  if (HARMLESS.test(text) && !SECRET_LIKE.test(text)) return JSON.stringify(text);
  return `a text of ${text.length} characters (not shown)`;
}

/** The kind of a value; numbers, booleans and harmless texts as they are. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return describeText(value);
  if (typeof value === "number")
    return Math.abs(value) > 1e21 ? "a number that is known only at deployment" : `${value}`;
  if (typeof value === "boolean") return `${value}`;
  if (Array.isArray(value)) return "a list";
  if (isLate(value)) return "a value that is known only at deployment";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** An engine's wrapper for a value to come: Pulumi's Output, a Promise, a CDKTF resolvable. */
export function isLate(value: unknown): boolean {
  if (typeof value !== "object" && typeof value !== "function") return false;
  return value !== null && ["apply", "then", "resolve"].some((key) => typeof Reflect.get(value, key) === "function");
}

// What is known at synth and what is a token; and text written so that Terraform reads exactly what was meant.

import { Fn, Lazy, Token } from "cdktf";
import type { Peek } from "../../model/build";

/** Text of a leaf, undefined while it is or contains a token. */
export const peek: Peek<string> = (leaf) => (Token.isUnresolved(leaf) ? undefined : leaf);

/** Whether nothing in it, at any depth, waits for a deployment. */
export function isKnown(value: unknown): boolean {
  if (Token.isUnresolved(value)) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isKnown);
}

/** cdktf's form of a token inside text. */
const TOKEN = /(\$\{TfToken\[[\w:.-]*\]\})/;

/**
 * Concrete text as Terraform must be given it: `${` and `%{` begin templates there and are doubled; tokens are left alone.
 */
export function literal(text: string): string {
  return besideTokens(text, (part) => part.replaceAll(/[$%]\{/g, (start) => `${start[0]}${start}`));
}

/** The same for every text in a JSON value; keys included. */
export function literals<T>(value: T): T {
  const visit = (each: unknown): unknown => {
    if (typeof each === "string") return literal(each);
    if (Token.isUnresolved(each) || typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map(visit);
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [literal(key), visit(inner)]));
  };
  return visit(value) as T;
}

/** Stands for a late leaf while JSON is written; validated text holds no control character. */
const placeholder = (index: number): string => `\u0000late:${index}`;
const PLACEHOLDERS = /"\\u0000late:(\d+)"/g;

/**
 * JSON text that Terraform reads back as exactly these bytes, with the JSON of each late leaf put in when it is known.
 * Not Fn.jsonencode() of the whole: it escapes neither quotes nor backslashes of concrete text.
 * @param stringify writes the concrete value
 */
export function templateOf(value: unknown, stringify: (value: unknown) => string): string {
  const late: unknown[] = [];
  const text = stringify(
    withLeaves(value, (leaf) => {
      if (!Token.isUnresolved(leaf)) return leaf;
      late.push(leaf);
      return placeholder(late.length - 1);
    }),
  );
  return literal(text).replaceAll(PLACEHOLDERS, (_, index: string) => jsonOf(late[Number(index)]));
}

/** JSON of a leaf: by Terraform, unless the token turns out to be plain text, which cdktf would pass on without quotes. */
function jsonOf(leaf: unknown): string {
  return Lazy.stringValue({
    produce: (context) => {
      const text: unknown = context.resolve(leaf);
      const isPlain = typeof text === "string" && !/[$%]\{/.test(text);
      return isPlain ? JSON.stringify(text) : Fn.jsonencode(quotable(leaf));
    },
  });
}

function withLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Token.isUnresolved(value) || typeof value !== "object" || value === null) return change(value);
  if (Array.isArray(value)) return value.map((each) => withLeaves(each, change));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withLeaves(each, change)]));
}

/** Text around a token ends up in an HCL string, where cdktf escapes line breaks and `${` only. */
function quotable(leaf: unknown): unknown {
  if (typeof leaf !== "string") return leaf;
  return besideTokens(leaf, (part) => part.replaceAll(/["\\]/g, "\\$&").replaceAll("%{", "%%{"));
}

function besideTokens(text: string, change: (part: string) => string): string {
  return text
    .split(TOKEN)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}

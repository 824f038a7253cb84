// What is known at synth and what is a token; and text written so that Terraform reads exactly what was meant.

import type { Peek } from "../../model/build";
import type { Tokens } from "./engine";

/** Reads a leaf's text, undefined while it is or contains a token. */
export function peekBy(tokens: Tokens): Peek<string> {
  return (leaf) => (tokens.isUnresolved(leaf) ? undefined : leaf);
}

/** Whether nothing in it, at any depth, waits for a deployment. */
export function isKnown(tokens: Tokens, value: unknown): boolean {
  if (tokens.isUnresolved(value)) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((each) => isKnown(tokens, each));
}

/** A token inside text; both engines write it so. */
const TOKEN = /(\$\{TfToken\[[\w:.-]*\]\})/;

/**
 * Concrete text as Terraform must be given it: `${` and `%{` begin templates there and are doubled; tokens are left alone.
 */
export function literal(text: string): string {
  return besideTokens(text, (part) => part.replaceAll(/[$%]\{/g, (start) => `${start[0]}${start}`));
}

/** The same for every text in a JSON value; keys included. */
export function literals<T>(tokens: Tokens, value: T): T {
  const visit = (each: unknown): unknown => {
    if (typeof each === "string") return literal(each);
    if (tokens.isUnresolved(each) || typeof each !== "object" || each === null) return each;
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
 * Not jsonencode() of the whole: the engines escape neither quotes nor backslashes of concrete text in it.
 * @param stringify writes the concrete value
 */
export function templateOf(tokens: Tokens, value: unknown, stringify: (value: unknown) => string): string {
  const late: unknown[] = [];
  const visit = (each: unknown): unknown => {
    if (tokens.isUnresolved(each)) {
      late.push(each);
      return placeholder(late.length - 1);
    }
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map(visit);
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, visit(inner)]));
  };
  const text = stringify(visit(value));
  return literal(text).replaceAll(PLACEHOLDERS, (_, index: string) => jsonOf(tokens, late[Number(index)]));
}

/** JSON of a leaf: by Terraform, unless the token turns out to be plain text, which would be passed on without quotes. */
function jsonOf(tokens: Tokens, leaf: unknown): string {
  return tokens.lazyText((resolve) => {
    const text = resolve(leaf);
    const isPlain = typeof text === "string" && !/[$%]\{/.test(text);
    return isPlain ? JSON.stringify(text) : tokens.jsonencode(quotable(leaf));
  });
}

/** Text around a token ends up in an HCL string, where the engines escape line breaks and `${` only. */
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

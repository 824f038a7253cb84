// Finds in untrusted JSON what a manifest must not hold, and says where without repeating it.

import type { Issue } from "./issues";
import { PULUMI_SECRET_SIGNATURE, remnantOf } from "./remnants";

/** Fields that hold credentials elsewhere; here they may hold a reference only. */
const CREDENTIAL_FIELD = /token|secret|password|credential|accessor|bearer|apikey|api_key/i;

const UUID = /[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/i;

const ALLOWED = "text without secrets and unresolved references";

/** One issue for each offending value, in document order. */
export function scanForSecrets(value: unknown): readonly Issue[] {
  return [...scan(value, "", "")];
}

function* scan(value: unknown, path: string, field: string): Generator<Issue> {
  if (typeof value === "string") yield* scanText(value, path || "manifest", field);
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* scan(each, `${path}[${index}]`, field);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, PULUMI_SECRET_SIGNATURE)) {
    const hint =
      "a manifest is made of values that are not secret: unwrap it, or give the path of a file that holds it";
    yield { path: path || "manifest", got: "an encrypted Pulumi secret (not shown)", allowed: ALLOWED, hint };
    return;
  }
  for (const [key, each] of Object.entries(value)) yield* scan(each, path === "" ? key : `${path}.${key}`, key);
}

function* scanText(text: string, path: string, field: string): Generator<Issue> {
  const remnant = remnantOf(text);
  if (remnant !== undefined) yield { path, ...remnant, allowed: ALLOWED };
  else if (CREDENTIAL_FIELD.test(field) && UUID.test(text)) {
    const hint = "write a reference such as file:/etc/egress/token, and replace this credential: it has been exposed";
    yield { path, got: "what looks like a secret id (not shown)", allowed: ALLOWED, hint };
  }
}

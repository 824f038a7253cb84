// Rules for the options of launch forms: every mistake at once, secrets and unresolved references refused, none repeated.

import type { Issue } from "../model/issues";
import { scanForSecrets } from "../model/secrets";

export type Rule = (value: unknown, path: string) => readonly Issue[];
/** One rule for each option; what has none is no option. */
export type Rules<O> = { readonly [K in keyof Required<O>]: Rule };

/** All mistakes; paths start with `path`, or with the option's name where it is "". */
export function checkOptions<O extends object>(options: O, rules: Rules<O>, path = ""): readonly Issue[] {
  return [...scanForSecrets(path === "" ? options : { [path]: options }), ...fields(rules)(options, path)];
}

export function optional(rule: Rule): Rule {
  return (value, path) => (value === undefined ? [] : rule(value, path));
}

export function listOf(rule: Rule, least = 0): Rule {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) {
      const allowed = least === 0 ? "a list" : "a list with something in it";
      return [{ path, got: Array.isArray(value) ? "an empty list" : "no list", allowed, hint: "write it in brackets" }];
    }
    return value.flatMap((each, index) => rule(each, `${path}[${index}]`));
  };
}

/** An object with exactly these fields. */
export function fields(rules: Readonly<Record<string, Rule>>): Rule {
  return (value, path) => {
    const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return [{ path, got: "no object", allowed: "an object", hint: `give ${Object.keys(rules).join(", ")}` }];
    }
    const allowed = Object.keys(rules).join(", ");
    return [
      ...Object.keys(value)
        .filter((key) => !Object.hasOwn(rules, key))
        .map((key) => ({ path: at(key), got: "an unknown option", allowed, hint: "correct its name or leave it out" })),
      ...Object.entries(rules).flatMap(([key, rule]) => rule((value as Record<string, unknown>)[key], at(key))),
    ];
  };
}

/** Text on one line. `allowed` says what `pattern` lets through. */
export function text(allowed = "text on one line", pattern = /./): Rule {
  return (value, path) => {
    if (typeof value !== "string") return [{ path, got: got(value), allowed, hint: "write it as text" }];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (value !== "" && !/[\u0000-\u001f\u007f]/.test(value) && pattern.test(value)) return [];
    return [{ path, got: value === "" ? "empty text" : "other text", allowed, hint: "correct it" }];
  };
}

export const absolutePath = text("an absolute path", /^\//);
export const imageName = text("the name of an image, as example/consul-tgw:1.0", /^\S+$/);

export function wholeNumber(least: number, most: number): Rule {
  return (value, path) => {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return [];
    return [{ path, got: got(value), allowed: `a whole number, ${least}-${most}`, hint: "correct it" }];
  };
}

export const flag: Rule = (value, path) =>
  typeof value === "boolean" ? [] : [{ path, got: got(value), allowed: "true or false", hint: "correct it" }];

export function oneOf(...words: readonly string[]): Rule {
  const allowed = words.join(" or ");
  return (value, path) => {
    if (typeof value === "string" && words.includes(value)) return [];
    return [{ path, got: typeof value === "string" ? "another word" : got(value), allowed, hint: "choose one" }];
  };
}

export const stopSeconds = wholeNumber(0, 3600);

/** Variables that hold a credential, and what we set ourselves. */
const CREDENTIALS = new Set(["CONSUL_HTTP_TOKEN", "CONSUL_HTTP_AUTH"]);
const OURS = new Set(["CONSUL_TGW_MANIFEST", "CONSUL_HTTP_TOKEN_FILE"]);

export const environment: Rule = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path, got: "no object", allowed: "an object", hint: "name and value of each variable" }];
  }
  return Object.entries(value).flatMap(([name, each]): readonly Issue[] => {
    const at = `${path}.${name}`;
    const allowed = "names of variables that hold no credential";
    if (CREDENTIALS.has(name)) {
      const hint =
        "this text is no place for a token: refer to it with the form's own option, or let the process log in";
      return [{ path: at, got: "a credential (not shown)", allowed, hint }];
    }
    if (OURS.has(name)) return [{ path: at, got: "a variable that the form sets", allowed, hint: "leave it out" }];
    // As in https://user:password@host.
    if (typeof each === "string" && /:\/\/[^/\s]*@/.test(each)) {
      return [{ path: at, got: "an address with a credential (not shown)", allowed, hint: "leave the user name out" }];
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      return [{ path: at, got: "no name of a variable", allowed, hint: "letters, digits and _" }];
    }
    return each === "" ? [] : text()(each, at);
  });
};

function got(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "number" ? String(value) : `a ${value === null ? "null" : typeof value}`;
}

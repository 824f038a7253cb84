// How the gateway process logs in: what each preset needs, and what means nothing beside what.

import {
  AUTH_KINDS,
  type AuthMethodProps,
  type AuthProps,
  type AwsIamAuthProps,
  type JwtAuthProps,
  type KubernetesAuthProps,
  type NomadAuthProps,
} from "../auth-props";
import {
  type Check,
  type Draft,
  join,
  listOf,
  object,
  optional,
  type Reading,
  refuse,
  report,
  required,
} from "./reading";
import { ANY_TEXT, type TextRule, text } from "./scalars";

/** It stands between quotes in Consul's expression. */
const WORD: TextRule = {
  allowed: "text without quotes, backslashes and control characters",
  hint: "it becomes part of the selector of the binding rule",
  test: (each) => each !== "" && !/["\\]/.test(each) && ANY_TEXT.test(each),
};

const METHOD_NAME: TextRule = {
  allowed: "1-128 letters, digits, - and _",
  hint: "it is the name of an auth method in Consul",
  test: (each) => /^[A-Za-z0-9_-]{1,128}$/.test(each),
};

const URL_TEXT: TextRule = {
  allowed: "a URL that starts with https:// or http://, without user and password",
  hint: "Consul's servers read it, so it must be reachable for them",
  test: (each) => /^https?:\/\/[^\s@"<>]+$/.test(each),
};

/** A role or user as IAM names it, or the beginning of such a name. */
const ARN: TextRule = {
  allowed: "an ARN of a role or user, as arn:aws:iam::123456789012:role/egress",
  hint: "a * may stand at the end alone",
  test: (each) => /^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]*\*?$/.test(each),
};

const DURATION: TextRule = {
  allowed: "from 1m to 24h, as 30m or 1h",
  hint: "Consul refuses other lives of tokens",
  test: (each) => {
    const [, count = "", unit = ""] = /^([1-9]\d*)(s|m|h)$/.exec(each) ?? [];
    const seconds = Number(count) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 0);
    return seconds >= 60 && seconds <= 86_400;
  },
};

/** PEM is refused everywhere else, as it may be a key; this may be nothing but a public one. */
const publicKey: Check<string> = (value, path, reading) => {
  if (
    typeof value === "string" &&
    /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(value)
  ) {
    return value;
  }
  return refuse(
    typeof value === "string" ? "" : value,
    path,
    reading,
    "PEM of a public key",
    "a private key is never given away",
  );
};

const JWT = object<JwtAuthProps>({
  subject: required(text(WORD)),
  audiences: optional(listOf(text(WORD))),
  issuer: optional(text(WORD)),
  publicKeys: optional(listOf(publicKey)),
  jwksUrl: optional(text(URL_TEXT)),
  discoveryUrl: optional(text(URL_TEXT)),
});

const METHOD = object<AuthMethodProps>({
  jwt: optional(JWT),
  kubernetes: optional(
    object<KubernetesAuthProps>({ namespace: required(text(WORD)), serviceAccount: required(text(WORD)) }),
  ),
  nomad: optional(
    object<NomadAuthProps>({
      job: required(text(WORD)),
      namespace: optional(text(WORD)),
      jwksUrl: optional(text(URL_TEXT)),
      audiences: optional(listOf(text(WORD))),
    }),
  ),
  awsIam: optional(
    object<AwsIamAuthProps>({ principalArns: optional(listOf(text(ARN))), serverId: optional(text(WORD)) }),
  ),
});

export const AUTH = object<AuthProps>(
  {
    method: required(METHOD),
    existing: optional(text(METHOD_NAME)),
    selector: optional(
      text({ ...ANY_TEXT, allowed: "an expression of Consul's", test: (each) => each !== "" && ANY_TEXT.test(each) }),
    ),
    maxTokenTtl: optional(text(DURATION)),
  },
  { rules: betweenFields },
);

function betweenFields(draft: Draft<AuthProps>, path: string, reading: Reading, given: ReadonlySet<string>): void {
  const { method } = draft;
  if (method === undefined) return;
  const at = join(path, "method");
  const kinds = AUTH_KINDS.filter((kind) => method[kind] !== undefined);
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined) {
    // A preset with mistakes of its own has been told.
    if (reading.issues.some((issue) => issue.path.startsWith(`${at}.`))) return;
    const got = kinds.length === 0 ? "nothing" : kinds.join(" and ");
    report(reading, {
      path: at,
      got,
      allowed: `exactly one of ${AUTH_KINDS.join(", ")}`,
      hint: "say how the process proves who it is",
    });
    return;
  }
  const rules = given.has("existing") ? existingRules : madeRules;
  rules(draft, { at, path, reading });
}

interface Place {
  readonly at: string;
  readonly path: string;
  readonly reading: Reading;
}

/** How an existing method is configured is said elsewhere. */
function existingRules({ method = {}, selector, maxTokenTtl }: Draft<AuthProps>, { at, path, reading }: Place): void {
  const { jwt = {}, nomad = {}, awsIam } = method;
  const idle: (readonly [string, unknown])[] = [
    [join(path, "maxTokenTtl"), maxTokenTtl],
    ...(["audiences", "issuer", "publicKeys", "jwksUrl", "discoveryUrl"] as const).map(
      (key) => [`${at}.jwt.${key}`, jwt[key]] as const,
    ),
    ...(["jwksUrl", "audiences"] as const).map((key) => [`${at}.nomad.${key}`, nomad[key]] as const),
    ...(["principalArns", "serverId"] as const).map((key) => [`${at}.awsIam.${key}`, awsIam?.[key]] as const),
  ];
  for (const [where, value] of idle) {
    if (value === undefined) continue;
    const hint = "remove it, or remove existing so that a method is made";
    report(reading, { path: where, got: "a value", allowed: "nothing beside existing", hint });
  }
  if (awsIam !== undefined && selector === undefined) {
    const hint = 'as entity_name == "egress": without one whoever the method lets in would be this gateway';
    report(reading, { path: join(path, "selector"), got: "nothing", allowed: "a value", hint });
  }
}

function madeRules({ method = {} }: Draft<AuthProps>, { at, path, reading }: Place): void {
  const { jwt, kubernetes, nomad, awsIam } = method;
  const missing = (where: string, allowed: string, hint: string): void =>
    report(reading, { path: where, got: "nothing", allowed, hint });
  if (jwt !== undefined) {
    const keys = (["publicKeys", "jwksUrl", "discoveryUrl"] as const).filter((key) => jwt[key] !== undefined);
    if (keys.length !== 1 || jwt.publicKeys?.length === 0) {
      const got = keys.length > 1 ? keys.join(" and ") : "nothing";
      const hint = "say how Consul checks the signature";
      report(reading, { path: `${at}.jwt`, got, allowed: "exactly one of publicKeys, jwksUrl and discoveryUrl", hint });
    }
    if ((jwt.audiences ?? []).length === 0) {
      missing(`${at}.jwt.audiences`, "at least one audience", "tokens for somebody else would do without");
    }
  }
  if (kubernetes !== undefined) {
    const hint =
      "its configuration holds a service account's token, which would be in the state: name a method that is there, or use jwt with the cluster's keys";
    missing(join(path, "existing"), "the name of an auth method of type kubernetes", hint);
  }
  if (nomad !== undefined && nomad.jwksUrl === undefined) {
    missing(`${at}.nomad.jwksUrl`, "a URL, or existing", "as http://nomad.example.com:4646/.well-known/jwks.json");
  }
  if (awsIam !== undefined && (awsIam.principalArns ?? []).length === 0) {
    missing(`${at}.awsIam.principalArns`, "at least one ARN", "name the role that the process runs with");
  }
}

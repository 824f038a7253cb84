// How the gateway process logs in: what each value must be.

import type {
  AuthMethodProps,
  AuthProps,
  AwsIamAuthProps,
  JwtAuthProps,
  KubernetesAuthProps,
  NomadAuthProps,
} from "../auth-props";
import { betweenFields } from "./auth-rules";
import { isLate } from "./describe";
import { type Check, listOf, object, optional, refuse, required } from "./reading";
import { ANY_TEXT, bool, leaf, type TextRule, text } from "./scalars";

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
const publicKey =
  <S>(): Check<S> =>
  (value, path, reading) => {
    const known = typeof value === "string" || isLate(value) ? reading.peek(value) : value;
    if (known === undefined) return value as S;
    if (
      typeof known === "string" &&
      /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(known)
    ) {
      return value as S;
    }
    return refuse(
      typeof known === "string" ? "" : known,
      path,
      reading,
      "PEM of a public key",
      "a private key is never given away",
    );
  };

/** What may be late goes into the auth method alone. */
export function auth<S>(): Check<AuthProps<S>> {
  return object<AuthProps<S>>(
    {
      method: required(method<S>()),
      existing: optional(text(METHOD_NAME)),
      selector: optional(text(EXPRESSION)),
      maxTokenTtl: optional(text(DURATION)),
    },
    { rules: betweenFields },
  );
}

function method<S>(): Check<AuthMethodProps<S>> {
  const jwt = object<JwtAuthProps<S>>({
    subject: required(text(WORD)),
    audiences: optional(listOf(leaf<S>(WORD))),
    issuer: optional(leaf<S>(WORD)),
    publicKeys: optional(listOf(publicKey<S>())),
    jwksUrl: optional(leaf<S>(URL_TEXT)),
    discoveryUrl: optional(leaf<S>(URL_TEXT)),
  });
  const nomad = object<NomadAuthProps<S>>({
    job: required(text(WORD)),
    namespace: optional(text(WORD)),
    jwksUrl: optional(leaf<S>(URL_TEXT)),
    audiences: optional(listOf(leaf<S>(WORD))),
  });
  const awsIam = object<AwsIamAuthProps<S>>({
    principalArns: optional(listOf(leaf<S>(ARN))),
    serverId: optional(text(WORD)),
    entityDetails: optional(bool),
    stsEndpoint: optional(leaf<S>(URL_TEXT)),
    iamEndpoint: optional(leaf<S>(URL_TEXT)),
  });
  return object<AuthMethodProps<S>>({
    jwt: optional(jwt),
    kubernetes: optional(
      object<KubernetesAuthProps>({ namespace: required(text(WORD)), serviceAccount: required(text(WORD)) }),
    ),
    nomad: optional(nomad),
    awsIam: optional(awsIam),
  });
}

const EXPRESSION: TextRule = {
  ...ANY_TEXT,
  allowed: "an expression of Consul's",
  test: (each) => each !== "" && ANY_TEXT.test(each),
};

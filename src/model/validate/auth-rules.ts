// How the gateway process logs in: what each preset needs, and what means nothing beside what.

import { hasEntityDetails } from "../auth";
import { AUTH_KINDS, type AuthProps, type AwsIamAuthProps } from "../auth-props";
import { type Draft, join, type Reading, report } from "./reading";

export function betweenFields(
  draft: Draft<AuthProps<unknown>>,
  path: string,
  reading: Reading,
  given: ReadonlySet<string>,
): void {
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
function existingRules(
  { method = {}, selector, maxTokenTtl }: Draft<AuthProps<unknown>>,
  { at, path, reading }: Place,
): void {
  const { jwt = {}, nomad = {}, awsIam } = method;
  const idle: (readonly [string, unknown])[] = [
    [join(path, "maxTokenTtl"), maxTokenTtl],
    ...(["audiences", "issuer", "publicKeys", "jwksUrl", "discoveryUrl"] as const).map(
      (key) => [`${at}.jwt.${key}`, jwt[key]] as const,
    ),
    ...(["jwksUrl", "audiences"] as const).map((key) => [`${at}.nomad.${key}`, nomad[key]] as const),
    ...(["principalArns", "stsEndpoint", "iamEndpoint"] as const).map(
      (key) => [`${at}.awsIam.${key}`, awsIam?.[key]] as const,
    ),
  ];
  for (const [where, value] of idle) {
    if (value === undefined) continue;
    const hint = "remove it, or remove existing so that a method is made";
    report(reading, { path: where, got: "a value", allowed: "nothing beside existing", hint });
  }
  // In a manifest the method may be one that the same deployment made for this gateway alone.
  if (awsIam !== undefined && selector === undefined && reading.tolerant !== true) {
    const hint = 'as entity_name == "egress": without one whoever the method lets in would be this gateway';
    report(reading, { path: join(path, "selector"), got: "nothing", allowed: "a value", hint });
  }
}

function madeRules({ method = {} }: Draft<AuthProps<unknown>>, { at, path, reading }: Place): void {
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
  if (awsIam !== undefined) detailRules(awsIam, `${at}.awsIam.entityDetails`, reading);
}

/** A late ARN is known when its method has long been planned. */
function detailRules(awsIam: Draft<AwsIamAuthProps<unknown>>, path: string, reading: Reading): void {
  const { entityDetails, principalArns = [] } = awsIam;
  if (entityDetails === true) return;
  const isNeeded = hasEntityDetails({ principalArns: principalArns.map(reading.peek) });
  if (!isNeeded || (entityDetails === undefined && hasEntityDetails({ principalArns }))) return;
  const got = `${entityDetails ?? "nothing"}, and an ARN with a path or a *`;
  const hint = "Consul knows neither the path of a role nor what a * stands for without them";
  const allowed = entityDetails === undefined ? "true" : "true, or nothing";
  report(reading, { path, got, allowed, hint });
}

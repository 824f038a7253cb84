// The bearer token of an auth method of type aws-iam: a signed request that Consul's servers send to AWS, whose answer tells
// them who signed it. https://developer.hashicorp.com/consul/docs/secure/acl/auth-method/aws

import { ask } from "./ask";
import { findCredentials } from "./credentials";
import { entityOf, textIn } from "./decode";
import { type AwsCredentials, iamEndpoint, type SignedRequest, signRequest, stsEndpoint } from "./request";
import type { AwsSettings } from "./settings";

export interface AwsBearer {
  readonly token: string;
  /** To be shown nowhere, beside the token: AWS quotes them where a signature is wrong. */
  readonly secrets: readonly string[];
}

const CALLER = { Action: "GetCallerIdentity", Version: "2011-06-15" };

/**
 * Looks for credentials anew, as they are replaced. Rejects with what is wrong, free of secrets.
 * @param now milliseconds since 1970
 */
export async function awsBearer(
  settings: AwsSettings,
  env: Readonly<Record<string, string | undefined>>,
  now: number,
  signal: AbortSignal,
): Promise<AwsBearer> {
  const { region, serverId, includeEntity } = settings;
  const sts = stsEndpoint(region, settings.stsEndpoint);
  const credentials = await findCredentials(env, sts, signal);
  const id = serverId === undefined ? {} : { "X-Consul-IAM-ServerID": serverId };
  const entity = includeEntity ? await entityHeaders(settings, id, credentials, now, signal) : {};
  const { url, body, method, headers } = signRequest(sts, CALLER, { ...id, ...entity }, credentials, now);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const token = JSON.stringify({
    iam_http_request_method: method,
    iam_request_url: base64(url),
    iam_request_body: base64(body),
    iam_request_headers: base64(headerJson(headers)),
  });
  return { token, secrets: [credentials.sessionToken, credentials.secretAccessKey].flatMap((each) => each ?? []) };
}

/** The request for the role or user whose credentials these are, which AWS has to be asked first; it is in headers. */
async function entityHeaders(
  { region, stsEndpoint: url }: AwsSettings,
  id: Readonly<Record<string, string>>,
  credentials: AwsCredentials,
  now: number,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const sts = stsEndpoint(region, url);
  const caller = await ask(signRequest(sts, CALLER, {}, credentials, now), signal);
  const arn = textIn(caller, "Arn") ?? "";
  const entity = entityOf(arn);
  if (entity === undefined) throw new Error("the AWS credentials are neither a role's nor a user's");
  const request = signRequest(iamEndpoint(region), { ...entity, Version: "2010-05-08" }, id, credentials, now);
  return {
    "X-Consul-IAM-GetEntity-Method": request.method,
    "X-Consul-IAM-GetEntity-URL": request.url,
    "X-Consul-IAM-GetEntity-Headers": headerJson(request.headers),
    "X-Consul-IAM-GetEntity-Body": request.body,
  };
}

/** Each with a list of values, under the name that Go looks for, which is no other one to it: `X-Amz-Date`, `X-Consul-Iam-…`. */
function headerJson(headers: SignedRequest["headers"]): string {
  const named = (name: string): string => name.toLowerCase().replaceAll(/\b[a-z]/g, (first) => first.toUpperCase());
  return JSON.stringify(Object.fromEntries(Object.entries(headers).map(([name, value]) => [named(name), [value]])));
}

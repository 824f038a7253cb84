// Requests to AWS with a signature (Signature Version 4), as data: which endpoint, and what is signed.

import { sign } from "aws4";
import { given } from "../../../../model/given";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where a service is asked, and the region that signatures are for. */
export interface Endpoint {
  readonly service: "sts" | "iam";
  /** Scheme, host and port. */
  readonly url: string;
  readonly region: string;
}

export interface SignedRequest {
  readonly method: "POST";
  readonly url: string;
  readonly body: string;
  /** With the signature; names as AWS writes them. */
  readonly headers: Readonly<Record<string, string>>;
}

const FORM = "application/x-www-form-urlencoded; charset=utf-8";

/** Without a region STS of all regions, whose signatures are for us-east-1. */
export function stsEndpoint(region: string | undefined, url: string | undefined): Endpoint {
  const host = region === undefined ? "sts.amazonaws.com" : `sts.${region}.${domainOf(region)}`;
  return { service: "sts", url: url?.replace(/\/$/, "") ?? `https://${host}`, region: region ?? "us-east-1" };
}

/**
 * IAM is one for each partition of AWS.
 * https://docs.aws.amazon.com/general/latest/gr/iam-service.html
 */
export function iamEndpoint(region = ""): Endpoint {
  if (region.startsWith("cn-")) {
    return { service: "iam", url: "https://iam.cn-north-1.amazonaws.com.cn", region: "cn-north-1" };
  }
  if (region.startsWith("us-gov-")) {
    return { service: "iam", url: "https://iam.us-gov.amazonaws.com", region: "us-gov-west-1" };
  }
  return { service: "iam", url: "https://iam.amazonaws.com", region: "us-east-1" };
}

function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** A POST of form fields. @param now milliseconds since 1970: AWS takes it for a quarter of an hour */
export function signRequest(
  endpoint: Endpoint,
  fields: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
  credentials: AwsCredentials,
  now: number,
): SignedRequest {
  const { service, url, region } = endpoint;
  const body = new URLSearchParams(fields).toString();
  const date = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const { headers = {} } = sign(
    {
      ...{ method: "POST", host: new URL(url).host, path: "/", service, region, body },
      headers: { ...more, "Content-Type": FORM, "X-Amz-Date": date },
    },
    { accessKeyId, secretAccessKey, ...given({ sessionToken }) },
  );
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { method: "POST", url: `${url}/`, body, headers: Object.fromEntries(texts) };
}

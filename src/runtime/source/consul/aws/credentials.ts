// AWS credentials of this process, from where AWS's own SDKs look for them, in their order: variables, a web identity, the
// container's endpoint, the instance. Shared profile files are not read: they are people's, not a service's.

import { readFile } from "node:fs/promises";
import { given } from "../../../../model/given";
import { ask } from "./ask";
import { credentialsIn, credentialsOf, textIn } from "./decode";
import { instanceCredentials } from "./instance";
import type { AwsCredentials, Endpoint } from "./request";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Rejects with what is wrong, free of secrets. Where one place is named, none after it is asked. */
export async function findCredentials(env: Environment, sts: Endpoint, signal: AbortSignal): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, ...given({ sessionToken: env.AWS_SESSION_TOKEN || undefined }) };
  }
  if (accessKeyId || secretAccessKey) throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together");
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    return webIdentity(env, env.AWS_WEB_IDENTITY_TOKEN_FILE, env.AWS_ROLE_ARN, sts, signal);
  }
  const container = containerUrl(env);
  if (container !== undefined) return fromContainer(container, env, signal);
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === "true") {
    throw new Error("no AWS credentials in the environment, and AWS_EC2_METADATA_DISABLED is true");
  }
  return instanceCredentials(env, signal);
}

/** As pods of EKS have it. The request needs no signature. */
async function webIdentity(
  env: Environment,
  file: string,
  role: string,
  sts: Endpoint,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const fields = {
    ...{ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: role },
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || "consul-tgw",
    WebIdentityToken: await textOf(file),
  };
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(fields).toString();
  const xml = await ask({ method: "POST", url: `${sts.url}/`, headers, body }, signal);
  const part = (name: string): string | undefined => textIn(xml, name);
  return credentialsOf(part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"), sts.url);
}

/** Loopback, and the addresses of ECS and EKS: whoever answers there in the clear is this host. */
const CONTAINER_HOSTS = /^(127(\.\d+){3}|localhost|\[::1\]|169\.254\.170\.(2|23)|\[fd00:ec2::23\])$/;

function containerUrl(env: Environment): string | undefined {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = env;
  if (relative) return `http://169.254.170.2${relative}`;
  if (!full) return undefined;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const isFit = url?.protocol === "https:" || (url?.protocol === "http:" && CONTAINER_HOSTS.test(url.hostname));
  if (isFit) return full;
  throw new Error("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor http:// on this host");
}

async function fromContainer(url: string, env: Environment, signal: AbortSignal): Promise<AwsCredentials> {
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: text } = env;
  const token = file ? await textOf(file) : text;
  const headers = token ? { authorization: token } : {};
  return credentialsIn(await ask({ method: "GET", url, headers }, signal), new URL(url).origin);
}

/** Replaced by whoever issues it: read for every login. */
async function textOf(path: string): Promise<string> {
  const text = (await readFile(path, "utf8")).trim();
  if (text === "") throw new Error(`${path} is empty`);
  return text;
}

// A gateway whose declaration says how its process logs in: what the process is told of it, unless it is given a token.

import { authMethodName } from "../model/acl-names";
import { hasEntityDetails } from "../model/auth";
import type { AwsIamAuthProps } from "../model/auth-props";
import type { GatewayModel } from "../model/gateway";
import { given } from "../model/given";
import type { Issue } from "../model/issues";
import type { ConsulOptions } from "./consul-options";

/** Where it logs in, and what is known of how the place itself tells who the process is. */
export type Login = { readonly authMethod: string } & Pick<
  ConsulOptions,
  "bearerTokenFile" | "awsAutoBearerToken" | "awsServerIdHeaderValue" | "awsIncludeEntity"
>;

/** Options of a form, as far as they matter here. */
interface Options {
  readonly consul?: ConsulOptions;
  readonly arguments?: readonly string[];
}

/** Where Kubernetes puts the token of a pod's service account. */
export const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Undefined where the process is given a token. */
export function loginOf(model: Omit<GatewayModel<unknown>, "services">): Login | undefined {
  if (model.auth === undefined) return undefined;
  const authMethod = authMethodName(model);
  const { kubernetes, awsIam } = model.auth.method;
  if (awsIam !== undefined) return { authMethod, ...signedBy(awsIam) };
  return kubernetes === undefined ? { authMethod } : { authMethod, bearerTokenFile: SERVICE_ACCOUNT_TOKEN };
}

function signedBy(awsIam: AwsIamAuthProps<unknown>): Omit<Login, "authMethod"> {
  return {
    awsAutoBearerToken: true,
    ...given({ awsServerIdHeaderValue: awsIam.serverId }),
    ...(hasEntityDetails(awsIam) ? { awsIncludeEntity: true } : {}),
  };
}

/** Options with the login; the user's own win, and so does a token, however the form names it. */
export function withLogin<O extends Options>(options: O, login: Login | undefined): O {
  const { consul } = options;
  if (login === undefined || consul === undefined || hasToken(options)) return options;
  // Who brings a bearer token makes none.
  const { authMethod } = login;
  return { ...options, consul: { ...(consul.bearerTokenFile === undefined ? login : { authMethod }), ...consul } };
}

/** @param path of the options @param options with the login; what is wrong in itself has been told */
export function loginIssues(path: string, options: Options, login: Login | undefined): readonly Issue[] {
  const { consul } = options;
  if (login === undefined || typeof consul !== "object" || consul === null || hasToken(options)) return [];
  if (consul.bearerTokenFile !== undefined || consul.awsAutoBearerToken === true) return [];
  const hint = "say where the process finds what the auth method takes, or give it a token";
  const got = `nothing, and a gateway that logs in at "${login.authMethod}"`;
  return [{ path: `${path}.bearerTokenFile`, got, allowed: "an absolute path", hint }];
}

const CREDENTIALS = /^--(token-file|auth-method)(=|$)/;

function hasToken(options: Options): boolean {
  const { arguments: words = [] } = options;
  // Those of Envoy come after it.
  const end = words.indexOf("--");
  const own = Array.from(end < 0 ? words : words.slice(0, end));
  return (
    Object.entries(options).some(([name, value]) => name.startsWith("token") && value !== undefined) ||
    own.some((word) => CREDENTIALS.test(word))
  );
}

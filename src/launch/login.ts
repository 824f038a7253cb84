// A gateway whose declaration says how its process logs in: what the process is told of it, unless it is given a token.

import { authMethodName } from "../model/acl-names";
import type { GatewayModel } from "../model/gateway";
import type { Issue } from "../model/issues";
import type { ConsulOptions } from "./consul-options";

export interface Login {
  readonly authMethod: string;
  /** Where the place itself puts what the method takes. */
  readonly bearerTokenFile?: string;
}

/** Where Kubernetes puts the token of a pod's service account. */
export const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Undefined where the process is given a token. */
export function loginOf(model: Omit<GatewayModel<unknown>, "services">): Login | undefined {
  if (model.auth === undefined) return undefined;
  const { kubernetes } = model.auth.method;
  return {
    authMethod: authMethodName(model),
    ...(kubernetes === undefined ? {} : { bearerTokenFile: SERVICE_ACCOUNT_TOKEN }),
  };
}

/** Options with the login; the user's own win, and so does a token, however the form names it. */
export function withLogin<O extends { readonly consul?: ConsulOptions }>(options: O, login: Login | undefined): O {
  const { consul } = options;
  if (login === undefined || consul === undefined || hasToken(options)) return options;
  return { ...options, consul: { ...login, ...consul } };
}

/** @param path of the options @param options with the login */
export function loginIssues(
  path: string,
  options: { readonly consul?: ConsulOptions },
  login: Login | undefined,
): readonly Issue[] {
  const { consul } = options;
  if (login === undefined || consul === undefined || hasToken(options)) return [];
  if (consul.bearerTokenFile !== undefined) return [];
  const hint = "say where the process finds what the auth method takes, or give it a token";
  const got = `nothing, and a gateway that logs in at "${login.authMethod}"`;
  return [{ path: `${path}.bearerTokenFile`, got, allowed: "an absolute path", hint }];
}

function hasToken(options: object): boolean {
  return Object.entries(options).some(([name, value]) => name.startsWith("token") && value !== undefined);
}

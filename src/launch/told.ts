// What a declaration tells the process of its gateway beside the options of whoever launches it: the manifest that it follows
// in Consul, and where it logs in.

import type { GatewayModel } from "../model/gateway";
import type { Issue } from "../model/issues";
import type { ConsulOptions } from "./consul-options";
import { type Followed, followedIssues, followedOf, withFollowed } from "./followed";
import { type Login, loginIssues, loginOf, withLogin } from "./login";

export interface Told {
  /** Where the manifest is delivered by Consul's KV store. @default - it reads a file */
  readonly followed?: Followed;
  /** Where the process logs in. @default - it is given a token, or needs none */
  readonly login?: Login;
}

interface Options {
  readonly consul?: ConsulOptions;
  readonly arguments?: readonly string[];
}

export function toldOf(model: Omit<GatewayModel<unknown>, "services">): Told {
  const [followed, login] = [followedOf(model), loginOf(model)];
  return { ...(followed && { followed }), ...(login && { login }) };
}

/** Options with what is told; the user's own win. */
export function withTold<O extends Options>(options: O, { followed, login }: Told): O {
  return withLogin(withFollowed(options, followed), login);
}

/** What the declaration asks of the options, whatever else is wrong with them. @param path of their `consul` */
export function toldIssues(path: string, options: Options, told: Told): readonly Issue[] {
  return [
    ...followedIssues(path, options.consul, told.followed),
    ...loginIssues(path, withTold(options, told), told.login),
  ];
}

// One login or logout at whichever server answers. Nothing is kept here.

import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import { decodeLogin, type Granted } from "./decode/login";
import { ConsulError, isUnknownToken } from "./errors";
import { type ConsulHttp, makeConsulHttp } from "./http";

/** A new token is on its way to the server that is asked next: a moment, unless the cluster is slow. */
const KNOWN_TRIES = 20;
const KNOWN_MS = 250;

/** What the auth method takes. */
export interface Bearer {
  readonly token: string;
  /** Further texts that are shown nowhere. @default [] */
  readonly secrets?: readonly string[];
}

export interface ExchangeOptions {
  readonly access: Omit<ConsulAccess, "token" | "refused">;
  readonly method: string;
  /** Enterprise: of the auth method. @default - that of the access */
  readonly namespace?: string;
  /** Consul keeps it with the token. */
  readonly meta: Readonly<Record<string, string>>;
  /** Asked before every login. Rejects with what is wrong, free of secrets. */
  readonly bearer: (signal: AbortSignal) => Promise<Bearer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** A token that Consul knows. Rejects with a reason for people, free of secrets. */
export async function logIn(options: ExchangeOptions, signal: AbortSignal): Promise<Granted> {
  const { method, namespace, meta, clock } = options;
  const { token: bearer, secrets = [] } = await options.bearer(signal).catch((error: Error) => {
    throw new ConsulError("failed", `no bearer token: ${error.message}`);
  });
  const body = { AuthMethod: method, BearerToken: bearer, ...(Object.keys(meta).length === 0 ? {} : { Meta: meta }) };
  const params = namespace === undefined ? {} : { ns: namespace };
  let secret: string | undefined;
  const http = makeConsulHttp({ ...options.access, token: () => secret }, options);
  try {
    const granted = decodeLogin(
      await anywhere(options, () => http.post({ path: "/v1/acl/login", params, signal }, body)),
    );
    secret = granted.secret;
    await untilKnown(http, clock, signal);
    return granted;
  } catch (error) {
    const { category, message } =
      error instanceof ConsulError ? error : new ConsulError("malformed", (error as Error).message);
    const safe = [bearer, ...secrets].reduce((text, each) => text.replaceAll(each, "…"), message);
    throw new ConsulError(category, `auth method "${method}": ${safe}`);
  } finally {
    http.close();
  }
}

export async function logOut(options: ExchangeOptions, secret: string, signal: AbortSignal): Promise<void> {
  const http = makeConsulHttp({ ...options.access, token: () => secret }, options);
  try {
    await anywhere(options, () => http.post({ path: "/v1/acl/logout", signal }, undefined));
  } finally {
    http.close();
  }
}

/** Each server once, as far as one that fails says nothing about the others. */
async function anywhere<T>({ access }: ExchangeOptions, work: () => Promise<T>): Promise<T> {
  for (let left = (access.discovery?.addresses() ?? access.addresses).length - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      const elsewhere =
        error instanceof ConsulError && ["unreachable", "timeout", "leaderless"].includes(error.category);
      if (!elsewhere || left <= 0) throw error;
    }
  }
}

/** Only one who does not know the token is asked again: whatever else is wrong will be seen by those who use it. */
async function untilKnown(http: ConsulHttp, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let tries = 1; tries <= KNOWN_TRIES; tries += 1) {
    try {
      await http.get({ path: "/v1/acl/token/self", signal });
      return;
    } catch (error) {
      if (signal.aborted || !isUnknownToken(error)) return;
    }
    await new Promise<void>((resolve) => clock.setTimer(KNOWN_MS, resolve));
  }
}

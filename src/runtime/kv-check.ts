// A manifest that lies in Consul's KV store, read once: for commands that look at it and end.

import type { Issue, Result } from "../model/issues";
import type { RuntimeConfig } from "./config";
import { type Logger, systemClock } from "./ports";
import { reasonOf } from "./source/consul/errors";
import { type ConsulHttp, makeConsulHttp } from "./source/consul/http";
import { kvRight, readKvText } from "./source/consul/kv-text";
import { openConsulAccess } from "./source/consul/open-access";
import { type ReadManifest, readManifestText } from "./source/manifest/read";

const LIMIT_MS = 15_000;

export type KvSource = RuntimeConfig & Required<Pick<RuntimeConfig, "consul" | "manifestKv">>;

export const isInConsul = (config: RuntimeConfig): config is KvSource =>
  config.consul !== undefined && config.manifestKv !== undefined;

/** The manifest of the key, or why there is none: mistakes in it, no such key, a right that is missing, no server. */
export async function readManifestKey(config: KvSource, log: Logger): Promise<Result<ReadManifest>> {
  const { consul, manifestKv: key, gateway } = config;
  const ports = { clock: systemClock, random: Math.random, log };
  const opened = await openConsulAccess(consul, ports);
  if (!opened.ok) return opened;
  const { access, login } = opened.value;
  const http = makeConsulHttp(access, ports);
  const from = `Consul key ${key}`;
  try {
    const text = await textOf(http, key, access.addresses.length);
    return text === undefined ? { ok: false, error: [absent(from)] } : readManifestText(from, text, gateway);
  } catch (error) {
    const hint = "see that the servers are reached, and that the token has the right";
    const got = reasonOf(error, `manifest "${key}"`, kvRight(key));
    return { ok: false, error: [{ path: from, got, allowed: "a key that can be read", hint }] };
  } finally {
    http.close();
    await login?.stop();
  }
}

/** Each server is asked at most once more than there are servers: a failure moves on to the next. */
async function textOf(http: ConsulHttp, key: string, servers: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  for (let tries = 0; ; tries += 1) {
    try {
      return await readKvText(http, key, signal);
    } catch (error) {
      if (tries >= servers || signal.aborted) throw error;
    }
  }
}

function absent(from: string): Issue {
  const hint = 'deploy a declaration with delivery: "kv", or correct the key, the datacenter or the namespace';
  return { path: from, got: "no such key", allowed: "a manifest", hint };
}

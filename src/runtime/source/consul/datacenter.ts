// The datacenter of the servers, where nobody named it: part of every SNI and SPIFFE id.

import type { Issue, Result } from "../../../model/issues";
import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import { readList } from "./decode/reading";
import { backOffMs, ConsulError } from "./errors";
import { makeConsulHttp } from "./http";

export interface DatacenterOptions {
  readonly access: ConsulAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What an earlier life was told: taken when no server answers within `knownAfterMs`. */
  readonly known?: string;
  /** @default 2000 */
  readonly knownAfterMs?: number;
}

/** Asks until a server answers; needs no right. Several federated datacenters are an issue: the user names one. */
export async function askDatacenter(options: DatacenterOptions): Promise<Result<string>> {
  const { access, clock, random, log, known, knownAfterMs = 2_000 } = options;
  const http = makeConsulHttp(access, options);
  const limit = new AbortController();
  const cancel = known === undefined ? () => undefined : clock.setTimer(knownAfterMs, () => limit.abort());
  try {
    for (let failures = 1; ; failures += 1) {
      try {
        const { body } = await http.read({ path: "/v1/catalog/datacenters", signal: limit.signal });
        const names = readList(body, "datacenters", (item) => String(item));
        const [only] = names;
        return names.length === 1 && only !== undefined
          ? { ok: true, value: only }
          : { ok: false, error: [several(names)] };
      } catch (error) {
        if (limit.signal.aborted && known !== undefined) return { ok: true, value: known };
        const reason = (error as Error).message;
        log.warn("Consul does not tell its datacenter yet", { reason });
        const ms = backOffMs(error instanceof ConsulError ? error.category : "malformed", failures, random);
        await new Promise<void>((resolve) => clock.setTimer(Math.min(ms, knownAfterMs), resolve));
      }
    }
  } finally {
    cancel();
    http.close();
  }
}

function several(names: readonly string[]): Issue {
  const got = names.length === 0 ? "none from Consul" : `several from Consul: ${names.join(", ")}`;
  const hint = "name the datacenter of the servers that you gave";
  return { path: "--datacenter", got, allowed: "one datacenter", hint };
}

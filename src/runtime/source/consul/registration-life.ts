// A replica's session, and its looks at the others.

import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import type { ConsulHttp } from "./http";
import { makeReaper } from "./registration-reaper";
import { makeReplicaSession, type ReplicaSession } from "./registration-session";
import { DEFAULT_REAP_AFTER_S, DEFAULT_REMOVE_AFTER_S, lifeTimes } from "./registration-times";

export interface LifeOptions {
  /** A replica that dies without a word is critical within this time where a peer serves; 30 and more, 0: never. @default 30 */
  readonly reapAfterS?: number;
  /** A replica that stays dead is removed after this time. @default 3600 */
  readonly removeAfterS?: number;
}

export interface Life extends LifeOptions {
  readonly http: ConsulHttp;
  readonly access: Pick<ConsulAccess, "namespace" | "partition">;
  readonly gateway: string;
  readonly node: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The session began or ended: the check has to say so. */
  readonly onChange: () => void;
  readonly isServing: () => boolean;
}

/** Undefined where nobody is to be reaped. */
export function startLife(life: Life): ReplicaSession | undefined {
  const { reapAfterS = DEFAULT_REAP_AFTER_S, removeAfterS = DEFAULT_REMOVE_AFTER_S, isServing } = life;
  if (reapAfterS === 0) return undefined;
  const times = lifeTimes(reapAfterS, removeAfterS);
  const look = makeReaper({ ...life, ...times });
  const onRenewed = async (unbroken: number): Promise<void> => (isServing() ? look(unbroken) : undefined);
  return makeReplicaSession({ ...life, ...times, onRenewed });
}

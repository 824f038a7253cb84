// What every watch on Consul is given.

import type { Clock, Logger, Random } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import type { ConsulHttp } from "./http";

export interface WatchPorts {
  readonly http: ConsulHttp;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly emit: (event: WatchEvent) => void;
  /** Whether there are namespaces and partitions. */
  readonly enterprise: boolean;
}

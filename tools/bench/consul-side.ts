// What is measured, ours or Consul's own: a control plane and the real Envoy that it feeds, each a process of its own, so
// that one can be killed without the other.
import { type RequestOptions, request } from "node:http";
import type { Child } from "./consul-child";

export interface Side {
  readonly name: string;
  /** The control plane; it costs what is reported as CPU and memory. */
  control(): Child;
  /**
   * Starts what a user would start, from nothing; resolves as soon as Envoy is a process, with the CPU seconds that the
   * control plane had used before.
   */
  start(): Promise<number>;
  /** SIGKILL of the control plane; Envoy stays. */
  kill(): Promise<void>;
  /** Starts the control plane again on what it kept on disk. */
  restart(): Promise<void>;
  /** Bytes that Envoy has received over xDS; 0 while it does not answer. */
  bytes(): Promise<number>;
  /** Refused signings that the control plane printed. */
  refusals(): number;
  output(): string;
  stop(): Promise<void>;
}

/** Places and rights that both sides share. */
export interface SideOptions {
  readonly root: string;
  readonly envoyPath: string;
  readonly consulPath: string;
  /** Private and empty. */
  readonly dir: string;
  /** The gateway listens on +0; Consul's own uses +4 for Envoy's admin interface and +20 to +29 for its agent. */
  readonly portBase: number;
  readonly server: {
    readonly httpsAddress: string;
    readonly caFile: string;
    readonly lanPort: number;
    /** Management token: what a right costs is not measured here. */
    readonly token: string;
  };
}

/** As Consul's own gateway and ours both set it: how long Envoy keeps connections of a replaced listener. */
export const DRAIN_ARGS = ["--drain-time-s", "10", "--drain-strategy", "immediate"];

const ADMIN_MS = 20_000;

/** Bytes that Envoy has received from its xDS cluster of this name. */
export async function xdsBytes(where: RequestOptions, cluster: string): Promise<number> {
  const name = `cluster.${cluster}.upstream_cx_rx_bytes_total`;
  const path = `/stats?format=json&filter=${encodeURIComponent(`^${name.replaceAll(".", "\\.")}$`)}`;
  const answer = await new Promise<string>((resolve, reject) => {
    const asked = request({ ...where, path, timeout: ADMIN_MS }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("end", () => resolve(body));
    });
    asked.on("timeout", () => asked.destroy(new Error("Envoy's admin interface does not answer")));
    asked.on("error", reject);
    asked.end();
  });
  const { stats } = JSON.parse(answer) as { readonly stats: readonly { name?: string; value?: number }[] };
  return stats.find((stat) => stat.name === name)?.value ?? 0;
}

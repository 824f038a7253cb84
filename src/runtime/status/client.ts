// Asks a running gateway for its status, over its socket.

import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Issue, Result } from "../../model/issues";
import { statusSocket } from "./server";
import type { GatewayStatus } from "./view";

const TIMEOUT_MS = 5_000;

/** `runDir` holds a folder per gateway. Without a name the only gateway that answers there is meant. */
export async function readStatus(runDir: string, gateway: string | undefined): Promise<Result<GatewayStatus>> {
  const names = gateway === undefined ? await readdir(runDir).catch(() => []) : [gateway];
  const asked = await Promise.all(names.map((name) => ask(statusSocket(join(runDir, name))).catch(() => undefined)));
  const answers = asked.filter((each) => each !== undefined);
  const [only] = answers;
  if (only !== undefined && answers.length === 1) return { ok: true, value: only };
  return { ok: false, error: [only === undefined ? nobody(runDir, gateway) : several(answers)] };
}

function ask(socketPath: string): Promise<GatewayStatus> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const outgoing = request({ socketPath, path: "/", agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as GatewayStatus);
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

function nobody(runDir: string, gateway: string | undefined): Issue {
  const got = gateway === undefined ? `no gateway that answers in ${runDir}` : `no answer in ${join(runDir, gateway)}`;
  return {
    path: "--run-dir",
    got,
    allowed: "the run directory of a running gateway",
    hint: "start it, or pass its --run-dir",
  };
}

function several(answers: readonly GatewayStatus[]): Issue {
  const got = `${answers.length} gateways: ${answers.map(({ gateway }) => gateway).join(", ")}`;
  return { path: "--gateway", got, allowed: "one gateway", hint: "name one with --gateway" };
}

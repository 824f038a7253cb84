// The gateway process after a deployment with `auth`: it is refused as somebody else, logs in as who it is meant for, reads,
// registers and serves, and leaves no token behind.

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Flags } from "../../../src/runtime/config";
import { type Caller, type Dial, probe } from "../../../tools/demo/mesh-client";
import { BANNER } from "../../../tools/demo/world";
import type { ConsulStage } from "../consul-gateway";
import { eventually } from "../rig";

export interface LoginRun {
  /** How the process is told to log in. */
  readonly flags: Flags;
  /** Makes it somebody whom the deployment does not let in, and what is said of that one; one after the other. */
  readonly others: readonly (readonly [become: () => void, refusal: RegExp])[];
  /** Makes it whom the deployment lets in. */
  readonly asGateway: () => void;
}

export interface Called {
  readonly web: Caller;
  readonly banner: Dial;
}

export async function descriptions({ consul }: ConsulStage): Promise<readonly string[]> {
  const tokens = (await consul.call("GET", "/v1/acl/tokens")) as { Description: string }[];
  return tokens.map(({ Description }) => Description);
}

export async function servesByLogin(stage: ConsulStage, { web, banner }: Called, run: LoginRun): Promise<void> {
  run.others[0]?.[0]();
  // Its own: a last good state of the run before would serve without a login.
  const runtime = await stage.start({ ...run.flags, stateDir: mkdtempSync(join(stage.dir, "state-")) });
  const byLogin = async (): Promise<readonly string[]> =>
    (await descriptions(stage)).filter((each) => each.startsWith("token created via login"));
  try {
    for (const [become, refusal] of run.others) {
      become();
      await eventually(() => refusal.test(runtime.view().login?.reason ?? ""), 30_000);
      expect(runtime.view().login?.state).toBe("waiting");
    }
    run.asGateway();
    await eventually(async () => (await probe(web, banner, 400)).startsWith(BANNER), 30_000);
    await eventually(() => runtime.view().registration?.state === "registered", 20_000);
    expect(runtime.status().map(({ name, reason }) => `${name} ${reason ?? "fine"}`)).toEqual(["banner fine"]);
    expect(await byLogin()).toEqual(["token created via login"]);
  } finally {
    await runtime.stop();
  }
  expect(await byLogin()).toEqual([]);
}

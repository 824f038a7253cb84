// The session that speaks for a replica, and from when on the replica may judge others by theirs.
import { ConsulError } from "../../../../src/runtime/source/consul/errors";
import type { ConsulHttp } from "../../../../src/runtime/source/consul/http";
import { makeReplicaSession } from "../../../../src/runtime/source/consul/registration-session";
import { makeFakeClock, makeLog, settle } from "../support";

/** What Consul makes of a renewal: `ended` is a 404, `away` no answer. */
type Answer = "renewed" | "ended" | "away";

async function start() {
  const clock = makeFakeClock();
  let answer: Answer = "renewed";
  let made = 0;
  const put = async (path: string): Promise<unknown> => {
    if (answer === "away") throw new ConsulError("unreachable", "away");
    if (path === "/v1/session/create") return { ID: `session-${++made}` };
    return answer === "ended" ? undefined : [{}];
  };
  const looks: number[] = [];
  const session = makeReplicaSession({
    http: { put } as unknown as ConsulHttp,
    ...{ node: "egress-a", ttlS: 10, lookMs: 3_000, clock, random: () => 1, log: makeLog() },
    onChange: () => undefined,
    onRenewed: async (unbroken) => void looks.push(unbroken),
  });
  session.begin();
  await settle();
  const pass = async (next: Answer, ms = 3_000): Promise<void> => {
    answer = next;
    await clock.advance(ms);
  };
  return { clock, session, looks, pass };
}

test("counts its renewals, and begins again with a new session", async () => {
  const { session, looks, pass } = await start();
  await pass("renewed", 9_000);
  expect([session.id(), looks]).toEqual(["session-1", [0, 1, 2, 3]]);
  await pass("ended");
  expect([session.id(), looks.at(-1)]).toEqual(["session-2", 0]);
  await pass("renewed");
  expect(looks.at(-1)).toBe(1);
  session.stop();
});

test("begins again after Consul failed, though the session lived on: others may have failed for longer", async () => {
  const { session, looks, pass } = await start();
  await pass("renewed", 9_000);
  await pass("away");
  const before = looks.length;
  await pass("renewed");
  expect([session.id(), looks[before]]).toEqual(["session-1", 1]);
  session.stop();
});

test("begins again when it asked for nothing as long as a session lasts", async () => {
  const { clock, session, looks, pass } = await start();
  await pass("renewed", 9_000);
  // The process stood still.
  clock.jump(20_000);
  await pass("renewed");
  expect([session.id(), looks.at(-1)]).toEqual(["session-1", 0]);
  session.stop();
});

// Whether an Envoy that others start serves is asked again and again; the catalog is told, by the rule of our own Envoys.
import type { EnvoyAdmin } from "../../src/runtime/envoy/admin";
import { pollServing } from "../../src/runtime/serving";
import { makeFakeClock, makeLog, settle } from "./source/support";

type Seen = Awaited<ReturnType<EnvoyAdmin["look"]>>;

/** Each question is answered by the next of these, the last one from then on; what is told is kept without repetitions. */
async function watch(...answers: readonly Seen[]) {
  const clock = makeFakeClock();
  const log = makeLog();
  const told: boolean[] = [];
  let asked = 0;
  const look = async (): Promise<Seen> => answers[Math.min(asked++, answers.length - 1)] ?? "absent";
  const { stop, silent } = pollServing({ look }, { clock, log }, (serving) => {
    if (told.at(-1) !== serving) told.push(serving);
  });
  await settle();
  return { clock, told, stop, silent, asked: () => asked, said: () => log.records.map(({ message }) => message) };
}

test("every second: one that is not there or not ready serves nobody, and nothing is told after the end", async () => {
  const { clock, told, stop, asked } = await watch("absent", "notReady", "ready");
  expect(told).toEqual([false]);
  await clock.advance(1_000);
  expect(told).toEqual([false]);
  await clock.advance(1_000);
  expect([told, asked()]).toEqual([[false, true], 3]);
  stop();
  await clock.advance(5_000);
  expect(asked()).toBe(3);
});

test.each(["absent", "notReady"] as const)("one that is %s now serves nobody now", async (seen) => {
  const { clock, told } = await watch("ready", seen, "ready");
  await clock.advance(1_000);
  expect(told).toEqual([true, false]);
  await clock.advance(1_000);
  expect(told).toEqual([true, false, true]);
});

test("one question without an answer is a suspicion; ten seconds of silence count, and are said once", async () => {
  const { clock, told, said, silent } = await watch("ready", "silent");
  await clock.advance(1_000 + 9_999);
  expect([told, said(), silent()]).toEqual([[true], [], false]);
  await clock.advance(1);
  expect(silent()).toBe(true);
  expect([told, said()]).toEqual([[true, false], ["Envoy does not answer: it counts as not serving"]]);
  await clock.advance(60_000);
  expect(said()).toHaveLength(1);
});

test("one answer ends a suspicion and a silence", async () => {
  const nine = Array.from({ length: 9 }, () => "silent" as const);
  const { clock, told, said } = await watch("ready", ...nine, "ready", ...nine, "silent", "silent", "ready");
  await clock.advance(18_000);
  expect(told).toEqual([true]);
  await clock.advance(6_000);
  expect(told).toEqual([true, false, true]);
  expect(said()).toEqual(["Envoy does not answer: it counts as not serving", "Envoy answers again"]);
});

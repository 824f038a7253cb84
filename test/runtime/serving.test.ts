// Whether an Envoy that others start serves is asked again and again; the catalog is told.
import type { EnvoyAdmin } from "../../src/runtime/envoy/admin";
import { pollServing } from "../../src/runtime/serving";
import { makeFakeClock, settle } from "./source/support";

test("every second, an Envoy that does not answer does not serve, and nothing is told after the end", async () => {
  const clock = makeFakeClock();
  const answers: (boolean | Error)[] = [new Error("no socket"), false, true, true];
  const isReady = async (): Promise<boolean> => {
    const answer = answers.shift() ?? true;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const told: boolean[] = [];
  const stop = pollServing({ isReady } as EnvoyAdmin, clock, (serving) => void told.push(serving));
  await settle();
  expect(told).toEqual([false]);
  await clock.advance(2_000);
  expect(told).toEqual([false, false, true]);
  stop();
  await clock.advance(5_000);
  expect(told).toEqual([false, false, true]);
});

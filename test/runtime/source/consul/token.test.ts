// A token file that is rewritten, replaced, emptied and removed while we run.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tokenFromFile } from "../../../../src/runtime/source/consul/token";
import { makeFakeClock, makeLog, makeTempDir } from "../support";

test("the token follows its file, and the last good one survives it", () => {
  const path = join(makeTempDir(), "token");
  writeFileSync(path, "first\n");
  const clock = makeFakeClock();
  const log = makeLog();
  const token = tokenFromFile({ path, clock, log });
  const later = (): string | undefined => {
    clock.jump(1_001);
    return token();
  };
  expect(token()).toBe("first");
  writeFileSync(path, "second-token");
  expect(token()).toBe("first");
  expect(later()).toBe("second-token");
  writeFileSync(`${path}.new`, "other--token");
  renameSync(`${path}.new`, path);
  expect(later()).toBe("other--token");
  writeFileSync(path, "");
  expect(later()).toBe("other--token");
  rmSync(path);
  expect(later()).toBe("other--token");
  expect(later()).toBe("other--token");
  expect(log.records.map(({ message }) => message)).toEqual(Array(2).fill("token file not read, the last token stays"));
  expect(JSON.stringify(log.records)).not.toContain("other--token");
  writeFileSync(path, "fourth");
  expect(later()).toBe("fourth");
});

test("a file that is not there at the start is said at the start", () => {
  const path = join(makeTempDir(), "none");
  expect(() => tokenFromFile({ path, clock: makeFakeClock(), log: makeLog() })).toThrow("ENOENT");
});

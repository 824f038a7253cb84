import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PathWatch, startPathWatch } from "../../../../src/runtime/source/files/path-watch";
import { makeFakeClock, makeLog, makeTempDir } from "../support";

const DEBOUNCE_MS = 150;
const POLL_MS = 30_000;
const watches: PathWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop();
});

/** The clock is fake and the file system real: events arrive by themselves, time passes when told. */
function setUp(...paths: string[]) {
  const clock = makeFakeClock();
  const suspected: string[] = [];
  const watch = startPathWatch({ clock, log: makeLog(), onSuspect: (path) => suspected.push(path) });
  watches.push(watch);
  watch.watch(paths);
  const takeAll = () => suspected.splice(0).sort();
  /** Lets the events of what just happened come in, then the debounce pass; says what was suspected. */
  const look = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(DEBOUNCE_MS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return takeAll();
  };
  return { clock, watch, look };
}

it("reports each path once at first, then only those whose entries changed", async () => {
  const dir = makeTempDir();
  const [a, b] = [join(dir, "a"), join(dir, "b")];
  const { look } = setUp(a, b);
  expect(await look()).toEqual([a, b]);
  writeFileSync(join(dir, "unrelated"), "");
  expect(await look()).toEqual([]);
  writeFileSync(b, "1");
  writeFileSync(b, "2");
  expect(await look()).toEqual([b]);
});

it("suspects everything at each poll", async () => {
  const dir = makeTempDir();
  const [a, b] = [join(dir, "a"), join(dir, "x/y/b")];
  const { look, clock } = setUp(a, b);
  await look();
  await clock.advance(POLL_MS);
  expect(await look()).toEqual([a, b]);
});

it("watches the directory that stands there now after a poll found another one", async () => {
  const dir = makeTempDir();
  const file = join(dir, "top/certs/a");
  mkdirSync(join(dir, "top/certs"), { recursive: true });
  mkdirSync(join(dir, "new/certs"), { recursive: true });
  const { look, clock } = setUp(file);
  await look();
  // Neither rename touches an entry that is watched: only the poll can find out.
  renameSync(join(dir, "top"), join(dir, "old"));
  renameSync(join(dir, "new"), join(dir, "top"));
  expect(await look()).toEqual([]);
  await clock.advance(POLL_MS);
  await look();
  await look();
  writeFileSync(file, "");
  expect(await look()).toEqual([file]);
});

/** Directories that this process has under inotify. */
function inotifyWatches(): number {
  const infos = readdirSync("/proc/self/fdinfo").map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
    } catch {
      return "";
    }
  });
  return infos.join("").match(/^inotify wd/gm)?.length ?? 0;
}

// Only Linux tells which directories a process watches.
const onLinux = process.platform === "linux" ? it : (): void => undefined;
onLinux("has one watcher for a directory, and none after the last path", async () => {
  const dir = makeTempDir();
  const before = inotifyWatches();
  const { watch, look } = setUp(join(dir, "a"), join(dir, "b"), join(dir, "c"));
  await look();
  expect(inotifyWatches()).toBe(before + 1);
  watch.watch([join(dir, "b")]);
  expect(inotifyWatches()).toBe(before + 1);
  watch.watch([]);
  expect(inotifyWatches()).toBe(before);
});

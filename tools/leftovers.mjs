// Programs that tests start and must end: one that has lost its parent was left running.
import { readdirSync, readFileSync } from "node:fs";

const PROGRAMS = new Set(["envoy", "consul"]);

/** Orphaned Envoys and Consuls, pid to name. Programs of a test run elsewhere have a parent and are not listed. Linux only. */
export function listLeftovers() {
  const found = new Map();
  for (const pid of processIds()) {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(read(`/proc/${pid}/stat`)) ?? [];
    if (PROGRAMS.has(name) && parent === "1") found.set(pid, name);
  }
  return found;
}

function processIds() {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It has ended meanwhile.
  }
}

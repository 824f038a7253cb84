// Tells whether a file is another one than before, without reading it.

import { statSync } from "node:fs";

/** Changes with the file, also when another one takes its place; undefined where there is none. */
export function markOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}

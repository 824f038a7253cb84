// The embedded CA in a directory of the benchmark's own.
import { openState } from "../../dist/runtime/persist";
import { systemClock } from "../../dist/runtime/ports";
import { type Authority, openAuthority } from "../../dist/runtime/source/local/authority";

export async function openAuthorityIn(dir: string): Promise<Authority> {
  return openAuthority(await openState(dir), systemClock);
}

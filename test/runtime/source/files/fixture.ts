// A files source over a real directory, certificates to put there, and a record of what it said.
import { join } from "node:path";
import { systemClock } from "../../../../src/runtime/ports";
import type { MaterialKey, WatchEvent } from "../../../../src/runtime/snapshot/state";
import { type FilesSource, startFilesSource } from "../../../../src/runtime/source/files/files-source";
import { loadSigner, makeRoot } from "../../../../src/runtime/source/local/x509";
import { makeLog, makeTempDir, until } from "../support";

export const DAY_MS = 86_400_000;
export const sources: FilesSource[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.stop();
});

export const makeCa = async () => (await makeRoot("external.example", Date.now(), 365 * DAY_MS)).certPem;

export async function makePair(nowMs = Date.now(), ttlMs = DAY_MS) {
  const root = await makeRoot("external.example", nowMs, 365 * DAY_MS);
  return (await loadSigner(root.certPem, root.keyPem)).sign("spiffe://external.example/client", nowMs, ttlMs);
}

/** Polls so rarely that only events of the file system can be what a test sees. */
export function setUp(
  keys: (dir: string) => MaterialKey[],
  options: { dir?: string; pollMs?: number; retryMs?: number } = {},
) {
  const { dir = makeTempDir(), pollMs = 3_600_000, retryMs = 50 } = options;
  const events: WatchEvent[] = [];
  const emit = (event: WatchEvent) => events.push(event);
  const source = startFilesSource({ emit, clock: systemClock, log: makeLog(), debounceMs: 20, pollMs, retryMs });
  sources.push(source);
  const start = () => source.watch(keys(dir));
  const contentOf = (event: WatchEvent): string => {
    if (event.kind === "problem") return `problem: ${event.reason.replaceAll(dir, "DIR")}`;
    if (event.kind !== "material") return event.kind;
    return event.material.kind === "ca" ? event.material.pem : event.material.certPem + event.material.keyPem;
  };
  const contents = () => events.map(contentOf);
  const see = async (...expected: string[]) => {
    await until(() => events.length >= expected.length, contents);
    expect(contents()).toEqual(expected);
  };
  return { dir, events, contents, source, start, see };
}

export const caKey = (dir: string): MaterialKey[] => [{ kind: "ca", caFile: join(dir, "certs/ca.pem") }];
export const clientKey = (dir: string): MaterialKey[] => [
  { kind: "client", certFile: join(dir, "c.pem"), keyFile: join(dir, "k.pem") },
];

// The embedded CA: trust domain, roots and their rotation, kept in private state so that a restart changes nothing.
// Root keys live in this file's state and closure only; nothing here logs.

import { randomUUID } from "node:crypto";
import { type StateDir, StateError } from "../../persist";
import type { Clock } from "../../ports";
import type { Leaf, TrustBundle } from "../../snapshot/state";
import type { Signer } from "./x509";

/** As Consul's default. */
export const LEAF_TTL_MS = 72 * 3_600_000;
/** As Consul's built-in CA: ten years. */
const ROOT_TTL_MS = 3650 * 24 * 3_600_000;
/** A retired root stays listed until every leaf that it signed has expired, twice over, as Consul does. */
const RETIRED_ROOT_MS = 2 * LEAF_TTL_MS;
const FILE = "authority.json";

export interface IssueRequest {
  /** SPIFFE URI, the leaf's only name. */
  readonly uri: string;
  /** @default LEAF_TTL_MS */
  readonly ttlMs?: number;
}

export interface IssuedLeaf extends Leaf {
  readonly notBeforeMs: number;
}

export interface Authority {
  /** `<uuid>.consul`, for ever the same. */
  readonly trustDomain: string;
  /** Every root to trust, the active one first. */
  bundle(): TrustBundle;
  /** Grows by one with each rotation in this process: a leaf of a lower generation is due for renewal. */
  generation(): number;
  /** Rejects when the active root is not valid now. */
  issueLeaf(request: IssueRequest): Promise<IssuedLeaf>;
  /** A new root signs from now on; the old one stays trusted until its leaves have expired. */
  rotateRoot(): Promise<TrustBundle>;
  /** Called after each rotation; returns how to stop. */
  onRotated(listener: (bundle: TrustBundle) => void): () => void;
}

interface SavedRoot {
  readonly certPem: string;
  /** Only the active root, which is the first, needs its key. */
  readonly keyPem?: string;
  readonly retiredAtMs?: number;
}

interface Saved {
  readonly version: 1;
  readonly trustDomain: string;
  readonly roots: readonly SavedRoot[];
}

/** Loaded when it is needed: its library takes 60 ms and 8 MB, for which a gateway on Consul has no use. */
const x509 = (): typeof import("./x509") => require("./x509");

/** Opens the CA of a state directory, or makes it. Throws StateError where the state cannot be trusted or read. */
export async function openAuthority(state: StateDir, clock: Clock): Promise<Authority> {
  let saved = decodeSaved((await state.readJson(FILE)) ?? (await create(state, clock)), state.dir);
  let signer = await signerOf(saved, state.dir);
  let generation = 0;
  let rotating: Promise<TrustBundle> | undefined;
  const listeners = new Set<(bundle: TrustBundle) => void>();

  const trusted = (): readonly SavedRoot[] =>
    saved.roots.filter(({ retiredAtMs }) => retiredAtMs === undefined || clock.now() - retiredAtMs < RETIRED_ROOT_MS);
  const bundle = (): TrustBundle => ({
    trustDomain: saved.trustDomain,
    roots: trusted().map((root) => root.certPem),
  });

  const rotate = async (): Promise<TrustBundle> => {
    const root = await x509().makeRoot(saved.trustDomain, clock.now(), ROOT_TTL_MS);
    const retired = trusted().map(({ certPem, retiredAtMs }) => ({
      certPem,
      retiredAtMs: retiredAtMs ?? clock.now(),
    }));
    const next: Saved = { ...saved, roots: [{ certPem: root.certPem, keyPem: root.keyPem }, ...retired] };
    const nextSigner = await signerOf(next, state.dir);
    await state.writeJson(FILE, next);
    saved = next;
    signer = nextSigner;
    generation += 1;
    for (const listener of [...listeners]) listener(bundle());
    return bundle();
  };

  return {
    trustDomain: saved.trustDomain,
    bundle,
    generation: () => generation,
    async issueLeaf({ uri, ttlMs = LEAF_TTL_MS }) {
      const now = clock.now();
      if (now < signer.notBeforeMs) {
        throw new Error("the embedded CA's root is not valid yet: this machine's clock was set back");
      }
      if (now >= signer.notAfterMs) throw new Error("the embedded CA's root has expired: rotate it");
      const { certPem, keyPem, notBeforeMs, notAfterMs } = await signer.sign(uri, now, ttlMs);
      return { certPem, keyPem, notBeforeMs, notAfterMs };
    },
    rotateRoot() {
      rotating = (rotating ?? Promise.resolve()).then(rotate, rotate);
      return rotating;
    },
    onRotated(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What is on disk wins where another process made the CA at the same moment. */
async function create(state: StateDir, clock: Clock): Promise<unknown> {
  const trustDomain = `${randomUUID()}.consul`;
  const root = await x509().makeRoot(trustDomain, clock.now(), ROOT_TTL_MS);
  const fresh: Saved = { version: 1, trustDomain, roots: [{ certPem: root.certPem, keyPem: root.keyPem }] };
  return (await state.createJson(FILE, fresh)) ? fresh : state.readJson(FILE);
}

async function signerOf(saved: Saved, dir: string): Promise<Signer> {
  const active = saved.roots[0];
  if (active?.keyPem === undefined) throw broken(dir);
  return x509()
    .loadSigner(active.certPem, active.keyPem)
    .catch(() => {
      throw broken(dir);
    });
}

function decodeSaved(value: unknown, dir: string): Saved {
  const saved = value as Partial<Saved> | null;
  const isRoot = (root: SavedRoot | null): boolean =>
    typeof root?.certPem === "string" && ["string", "undefined"].includes(typeof root.keyPem);
  if (saved?.version !== 1 || typeof saved.trustDomain !== "string" || !Array.isArray(saved.roots)) throw broken(dir);
  if (saved.roots.length === 0 || !saved.roots.every(isRoot)) throw broken(dir);
  return saved as Saved;
}

/** A new CA in its place would cut off every caller without a word, so a person decides. */
function broken(dir: string): StateError {
  return new StateError(
    `${FILE} in ${dir} is not the embedded CA's state: restore it, or remove it to start with a new trust domain`,
  );
}

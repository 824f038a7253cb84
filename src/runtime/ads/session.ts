// One delta ADS stream as a state machine: requests and changes in, responses and events out. Pure and deterministic.
// A session value is changed in place, so that one change costs what changed and not what there is.

import type { ResourceRef, ResourceType, ResourceView } from "../xds/resource";
import { clusterRemovalBound, listenerBound } from "./gate";
import { subscribe } from "./interest";
import { accept, held, type Ledger, makeLedger, mark, markGone, markMissing, owe, takeSent } from "./ledger";
import { type ClientMemory, type Memory, makeClientMemory, recall } from "./memory";
import { type Offer, takeProbe, takeRemovals, takeUpserts } from "./offer";
import { SEND_ORDER } from "./order";
import { type DeltaRequest, type DeltaResponse, type Reply, type SessionInput, typeOfUrl } from "./protocol";
import { release, settleCure, settleNack } from "./quarantine";
import { checkEnvoyVersion } from "./version-gate";

export interface Session {
  stage: "new" | "open" | "refused";
  /** Counts inputs: the moment of a mark. */
  moment: number;
  nonces: number;
  readonly memory: Memory;
  /** False: what the view lacks may still come, so that a client keeps what it holds of an earlier server. */
  complete: boolean;
  /** Made anew when the client says who it is. */
  ledgers: Readonly<Record<ResourceType, Ledger>>;
}

/**
 * @param memory of the server: what clients refused on earlier streams
 * @param complete false when an input of that kind is still to come
 */
export function makeSession(memory: Memory, complete: boolean): Session {
  return { stage: "new", moment: 0, nonces: 0, memory, complete, ledgers: makeLedgers(makeClientMemory()) };
}

function makeLedgers(known: ClientMemory): Session["ledgers"] {
  const entries = SEND_ORDER.map((type) => [type, makeLedger(type, known[type])]);
  return Object.fromEntries(entries) as Session["ledgers"];
}

/**
 * Takes one input and says what to do about it, in order. At most one response per type is under way; until it is
 * answered (or overdue) changes are only noted, so a slow client costs a name per change and sees the latest state.
 */
export function step(session: Session, input: SessionInput, view: ResourceView): readonly Reply[] {
  session.moment += 1;
  if (session.stage === "refused") return [];
  const replies: Reply[] = [];
  if (input.kind === "request") {
    replies.push(...takeRequest(session, input.request, view));
  } else if (input.kind === "changed") {
    for (const { type, name } of input.change.upserted) mark(session.ledgers[type], name, session.moment);
    for (const { type, name } of input.change.removed) markGone(session.ledgers[type], name, session.moment);
  } else if (input.kind === "complete") {
    session.complete = true;
    for (const ledger of Object.values(session.ledgers)) markMissing(ledger, view, session.moment);
  } else {
    for (const ledger of Object.values(session.ledgers)) if (ledger.gate === input.nonce) ledger.gate = undefined;
  }
  for (let next = nextResponse(session, view); next !== undefined; next = nextResponse(session, view)) {
    replies.push({ kind: "send", response: next });
  }
  return replies;
}

function takeRequest(session: Session, request: DeltaRequest, view: ResourceView): readonly Reply[] {
  const replies = session.stage === "new" ? open(session, request, view) : [];
  const type = typeOfUrl(request.typeUrl);
  // Types that we do not serve are ignored, not refused: a client may ask for more than a gateway needs.
  if (session.stage === "refused" || type === undefined) return replies;
  const ledger = session.ledgers[type];
  replies.push(...answered(ledger, request, view));
  const firstListeners = type === "listener" && !ledger.subscription.started;
  subscribe({ ledger, moment: session.moment, view, complete: session.complete }, request);
  // Removals of clusters that waited for the listeners of a client that comes back follow those of listeners.
  if (firstListeners)
    for (const name of session.ledgers.cluster.gone.keys()) session.ledgers.cluster.gone.set(name, session.moment);
  return replies;
}

/** The node comes with the first request of a stream only (xDS protocol, "node"). */
function open(session: Session, request: DeltaRequest, view: ResourceView): Reply[] {
  const node = request.node?.id ?? "";
  const gate = checkEnvoyVersion(request.node);
  if ("refused" in gate) {
    session.stage = "refused";
    const reason = gate.refused;
    return [
      { kind: "event", event: { kind: "refused", node, reason } },
      { kind: "refuse", reason },
    ];
  }
  session.stage = "open";
  session.ledgers = makeLedgers(recall(session.memory, node, view));
  return [{ kind: "event", event: { kind: "connected", node, envoy: gate.version } }];
}

/** ACK or NACK. A stale nonce voids it, while the request's subscriptions still count (xDS protocol, incremental). */
function answered(ledger: Ledger, request: DeltaRequest, view: ResourceView): readonly Reply[] {
  const sent = takeSent(ledger, request.responseNonce ?? "");
  if (sent === undefined) return [];
  // A refusal is an error detail, whatever the versions say (xDS protocol, "ACK and NACK semantics summary").
  if (request.errorDetail !== undefined) {
    return [{ kind: "event", event: settleNack(ledger, { sent, detail: request.errorDetail.message }, view) }];
  }
  accept(ledger, sent.resources.values(), sent.removed);
  const names = [...sent.resources.keys()];
  const cured = names.filter((name) => ledger.quarantine.cured.delete(name));
  if (ledger.type === "secret") {
    // Not what was put back: that says nothing new, and two bad ones would be offered in turn for ever.
    const news = names.filter((name) => !ledger.quarantine.rejected.has(name));
    release(ledger, news, view);
    settleCure(ledger, cured, view);
  }
  return [{ kind: "event", event: { kind: "acked", type: ledger.type, names, removed: [...sent.removed] } }];
}

/** The next response to send now; undefined when there is none or all that is left must wait. */
function nextResponse(session: Session, view: ResourceView): DeltaResponse | undefined {
  const { ledgers } = session;
  for (const type of SEND_ORDER) {
    const ledger = ledgers[type];
    if (ledger.gate !== undefined) continue;
    const offer = takeProbe(ledger, view) ?? takeOffer(session, ledger, view);
    if (offer !== undefined) return send(session, ledger, offer);
  }
  // Removals come last, and clusters after the listeners that used them.
  if (ledgers.cluster.gate !== undefined) return undefined;
  const removals = takeRemovals(ledgers.cluster, view, clusterRemovalBound(ledgers));
  return removals.removed.length > 0 ? send(session, ledgers.cluster, removals) : undefined;
}

function takeOffer(session: Session, ledger: Ledger, view: ResourceView): Offer | undefined {
  const isListener = ledger.type === "listener";
  const bound = isListener ? listenerBound(session.ledgers) : Number.POSITIVE_INFINITY;
  const upserts = takeUpserts(ledger, view, bound);
  // Listeners go and come in one response: a successor can take over the address of the one that leaves.
  const { removed, since } = isListener ? takeRemovals(ledger, view, bound) : upserts;
  if (upserts.resources.length + removed.length > 0)
    return { ...upserts, removed, since: Math.min(upserts.since, since) };
  if (!ledger.owesAnswer || ledger.dirty.size + ledger.gone.size > 0) return undefined;
  return { resources: [], removed: [], since: session.moment, restore: false };
}

function send(session: Session, ledger: Ledger, offer: Offer): DeltaResponse {
  session.nonces += 1;
  const nonce = String(session.nonces);
  for (const resource of offer.resources) {
    if (held(ledger, resource.name) === resource.version) continue;
    const isClaimed = ledger.claimed.has(resource.name);
    for (const child of resource.children) {
      if (isOwed(child, isClaimed)) owe(session.ledgers[child.type], child.name, session.moment);
    }
  }
  ledger.inFlight.set(nonce, {
    nonce,
    resources: new Map(offer.resources.map((resource) => [resource.name, resource])),
    removed: new Set(offer.removed),
    since: offer.since,
    restore: offer.restore,
  });
  ledger.gate = nonce;
  ledger.owesAnswer = false;
  return { type: ledger.type, nonce, resources: offer.resources, removed: offer.removed };
}

/**
 * Whether a new or changed parent needs this child again. Endpoints: a cluster is made anew and does not ask for them
 * (envoyproxy/envoy #13009). Secrets and extensions Envoy keeps apart from their users and asks for when the first one
 * comes; only a parent of a former release may have named them with another source, which would make another one that
 * is never asked for (envoyproxy/envoy #46155).
 */
function isOwed({ type }: ResourceRef, isClaimed: boolean): boolean {
  return type === "endpoint" || isClaimed;
}

// A store in memory and a scripted client of one session: replies come back as short lines that a person can check.
import { create, toBinary } from "@bufbuild/protobuf";
import type { Memory } from "../../../src/runtime/ads/memory";
import type { DeltaNode, DeltaResponse, Reply, SessionEvent, SessionInput } from "../../../src/runtime/ads/protocol";
import { makeSession, type Session, step } from "../../../src/runtime/ads/session";
import { SecretSchema } from "../../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import {
  type Change,
  type Resource,
  type ResourceRef,
  type ResourceType,
  type ResourceView,
  TYPE_URLS,
} from "../../../src/runtime/xds/resource";

export const envoyNode = (minor: number): DeltaNode => ({
  id: "gw",
  userAgentVersionType: {
    case: "userAgentBuildVersion",
    value: { version: { majorNumber: 1, minorNumber: minor, patch: 0 } },
  },
});

/** `child("secret", "leaf/a")`. */
export const child = (type: ResourceType, name: string): ResourceRef => ({ type, name });

export class MemoryView implements ResourceView {
  readonly #byType = new Map<ResourceType, Map<string, Resource>>();

  get({ type, name }: ResourceRef): Resource | undefined {
    return this.#byType.get(type)?.get(name);
  }

  names(type: ResourceType): Iterable<string> {
    return this.#byType.get(type)?.keys() ?? [];
  }

  /** Puts or replaces resources; a body that is not given is a valid secret. */
  put(...resources: readonly (Omit<Resource, "body" | "children"> & Partial<Resource>)[]): Change {
    for (const resource of resources) {
      const whole = { body: secretBody(`PEM of ${resource.name} ${resource.version}\n`), children: [], ...resource };
      const ofType = this.#byType.get(resource.type) ?? new Map();
      this.#byType.set(resource.type, ofType.set(resource.name, whole));
    }
    return { upserted: resources.map(({ type, name }) => ({ type, name })), removed: [] };
  }

  drop(...refs: readonly ResourceRef[]): Change {
    for (const { type, name } of refs) this.#byType.get(type)?.delete(name);
    return { upserted: [], removed: refs };
  }
}

export const both = (...changes: readonly Change[]): Change => ({
  upserted: changes.flatMap((change) => change.upserted),
  removed: changes.flatMap((change) => change.removed),
});

export function secretBody(pem: string): Uint8Array {
  const trustedCa = { specifier: { case: "inlineBytes" as const, value: new TextEncoder().encode(pem) } };
  return toBinary(
    SecretSchema,
    create(SecretSchema, { name: "s", type: { case: "validationContext", value: { trustedCa } } }),
  );
}

/** `cluster +a@1 +b@2 -c`. */
export function line({ type, resources, removed }: DeltaResponse): string {
  return [
    type,
    ...resources.map(({ name, version }) => `+${name}@${version}`),
    ...removed.map((name) => `-${name}`),
  ].join(" ");
}

interface Ask {
  readonly subscribe?: readonly string[];
  readonly unsubscribe?: readonly string[];
  readonly held?: Readonly<Record<string, string>>;
  readonly nonce?: string;
}

/** A client that does exactly what the test says. Each call returns the responses sent because of it. */
export class Talk {
  readonly events: SessionEvent[] = [];
  readonly responses: DeltaResponse[] = [];
  readonly #session: Session;
  #greeted = false;

  constructor(
    readonly view: ResourceView,
    readonly node: DeltaNode | undefined = envoyNode(40),
    memory: Memory = new Map(),
    complete = true,
  ) {
    this.#session = makeSession(memory, complete);
  }

  input(input: SessionInput): readonly Reply[] {
    const replies = step(this.#session, input, this.view);
    for (const reply of replies) {
      if (reply.kind === "event") this.events.push(reply.event);
      if (reply.kind === "send") this.responses.push(reply.response);
    }
    return replies;
  }

  ask(type: ResourceType, ask: Ask = {}): readonly string[] {
    return this.#request(type, ask);
  }

  /** Answers the last response of a type, or the one with this nonce. */
  ack(type: ResourceType, ask: Ask = {}): readonly string[] {
    return this.#request(type, { nonce: this.lastNonce(type), ...ask });
  }

  nack(type: ResourceType, message: string, ask: Ask = {}): readonly string[] {
    return this.#request(type, { nonce: this.lastNonce(type), ...ask }, message);
  }

  changed(change: Change): readonly string[] {
    return this.#lines(this.input({ kind: "changed", change }));
  }

  complete(): readonly string[] {
    return this.#lines(this.input({ kind: "complete" }));
  }

  overdue(type: ResourceType): readonly string[] {
    return this.#lines(this.input({ kind: "overdue", nonce: this.lastNonce(type) }));
  }

  lastNonce(type: ResourceType): string {
    return this.responses.findLast((response) => response.type === type)?.nonce ?? "none";
  }

  #request(type: ResourceType, ask: Ask, message?: string): readonly string[] {
    const greeting = this.#greeted ? {} : { node: this.node };
    this.#greeted = true;
    const request = {
      ...greeting,
      typeUrl: TYPE_URLS[type],
      resourceNamesSubscribe: ask.subscribe ?? [],
      resourceNamesUnsubscribe: ask.unsubscribe ?? [],
      initialResourceVersions: ask.held ?? {},
      responseNonce: ask.nonce ?? "",
      errorDetail: message === undefined ? undefined : { message },
    };
    return this.#lines(this.input({ kind: "request", request }));
  }

  #lines(replies: readonly Reply[]): readonly string[] {
    return replies.flatMap((reply) => (reply.kind === "send" ? [line(reply.response)] : []));
  }
}

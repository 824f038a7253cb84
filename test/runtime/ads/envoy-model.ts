// What matters of Envoy as a delta client, written from measurements of the real one: subscriptions follow parents, the
// ACK of clusters is withheld until their children are there, a changed cluster needs its endpoints anew while secrets and
// extensions are kept apart from their users, clusters and listeners are refused by name and one by one, secrets as a
// whole and with lasting harm to their consumers.
import type { Memory } from "../../../src/runtime/ads/memory";
import type { DeltaResponse } from "../../../src/runtime/ads/protocol";
import type { Resource, ResourceType } from "../../../src/runtime/xds/resource";
import { envoyNode, type MemoryView, Talk } from "./fixture";

const bare = (version: string): string => version.split("+")[0] ?? version;
const isBad = (version: string): boolean => bare(version).endsWith("bad");
const key = ({ type, name }: { readonly type: ResourceType; readonly name: string }): string => `${type} ${name}`;
type Parent = "cluster" | "listener";

export class EnvoyModel {
  readonly parents: Record<Parent, Map<string, Resource>> = { cluster: new Map(), listener: new Map() };
  /** Versions of endpoints and extensions in use; of secrets the last one given, used or not. */
  readonly #children = new Map<string, string>();
  /** Versions of secrets in accepted responses: what the client says that it holds. */
  readonly #claims = new Map<string, string>();
  /** Parent and secret to the version that the parent really uses. */
  readonly #used = new Map<string, string>();
  readonly #subscribed = new Set<string>();
  /** Children that a new or changed parent waits for. */
  readonly #needed = new Set<string>();
  readonly #memory: Memory = new Map();
  #inbox: DeltaResponse[] = [];
  #withheld: string | undefined;
  #talk: Talk;
  responses = 0;
  /** A listener's arrival while a cluster of the same service had not: the order was broken. */
  readonly orderFaults: string[] = [];

  constructor(readonly view: MemoryView) {
    this.#talk = new Talk(view, envoyNode(40), this.#memory);
    this.#connect();
  }

  get busy(): boolean {
    return this.#inbox.length > 0 || this.#withheld !== undefined;
  }

  tell(feed: (talk: Talk) => void): void {
    const before = this.#talk.responses.length;
    feed(this.#talk);
    const fresh = this.#talk.responses.slice(before);
    this.responses += fresh.length;
    this.#inbox.push(...fresh);
  }

  reconnect(): void {
    this.#inbox = [];
    this.#withheld = undefined;
    this.#talk = new Talk(this.view, envoyNode(40), this.#memory);
    this.#connect();
  }

  /** Takes the next response; with none left, gives up waiting for a cluster's children as the real one does in time. */
  take(): void {
    const response = this.#inbox.shift();
    if (response === undefined) {
      this.#answerClusters(true);
      return;
    }
    if (response.type === "cluster" || response.type === "listener") this.#takeParents(response, response.type);
    else if (response.type === "secret") this.#takeSecrets(response);
    else this.#takePlain(response);
    this.#answerClusters(false);
  }

  /** The version in use; of a secret, the one that every consumer uses. */
  uses(type: ResourceType, name: string): string | undefined {
    if (type === "cluster" || type === "listener") return this.parents[type].get(name)?.version;
    if (type !== "secret") return this.#children.get(key({ type, name }));
    const versions = new Set(this.#consumers(name).map((parent) => this.#used.get(`${key(parent)} ${name}`)));
    const [version] = versions;
    return versions.size === 1 && version !== undefined ? bare(version) : `mixed ${[...versions]}`;
  }

  needs(type: ResourceType, name: string): boolean {
    return this.#needed.has(key({ type, name }));
  }

  #connect(): void {
    const held = (type: ResourceType): Record<string, string> =>
      type === "cluster" || type === "listener"
        ? Object.fromEntries([...this.parents[type].values()].map(({ name, version }) => [name, version]))
        : Object.fromEntries(
            this.#named(type).flatMap((name) => {
              const version = (type === "secret" ? this.#claims : this.#children).get(key({ type, name }));
              return version === undefined ? [] : [[name, version]];
            }),
          );
    this.tell((talk) => talk.ask("cluster", { held: held("cluster") }));
    for (const type of ["endpoint", "secret", "extension"] as const) {
      this.tell((talk) => talk.ask(type, { subscribe: this.#named(type), held: held(type) }));
    }
    this.tell((talk) => talk.ask("listener", { held: held("listener") }));
  }

  #named(type: ResourceType): string[] {
    return [...this.#subscribed].filter((id) => id.startsWith(`${type} `)).map((id) => id.slice(type.length + 1));
  }

  #consumers(secret: string): Resource[] {
    return [...this.parents.cluster.values(), ...this.parents.listener.values()].filter((parent) =>
      parent.children.some((ref) => ref.type === "secret" && ref.name === secret),
    );
  }

  #takeParents({ nonce, resources, removed }: DeltaResponse, type: Parent): void {
    const bad = resources.filter(({ version }) => isBad(version));
    for (const name of removed) this.parents[type].delete(name);
    for (const resource of resources) {
      if (bad.includes(resource)) continue;
      const changed = this.parents[type].get(resource.name)?.version !== resource.version;
      this.parents[type].set(resource.name, resource);
      if (type === "listener" && !this.parents.cluster.has(resource.name.replace("in-", ""))) {
        this.orderFaults.push(resource.name);
      }
      for (const ref of resource.children) {
        if (changed && (ref.type === "endpoint" || !this.#children.has(key(ref)))) this.#needed.add(key(ref));
      }
      if (changed) this.#rebuild(resource);
    }
    this.#followParents();
    const text = `Error adding/updating ${type}(s) ${bad.map(({ name }) => `${name}: no good`).join(", ")}`;
    if (bad.length > 0) this.tell((talk) => this.#answer(talk, type, nonce, text));
    else if (type === "cluster") this.#withheld = nonce;
    else this.tell((talk) => this.#answer(talk, type, nonce));
  }

  /** Subscribes to what the parents name and unsubscribes from the rest. */
  #followParents(): void {
    const wanted = new Map(
      [...this.parents.cluster.values(), ...this.parents.listener.values()].flatMap((parent) =>
        parent.children.map((ref) => [key(ref), ref] as const),
      ),
    );
    for (const type of ["endpoint", "secret", "extension"] as const) {
      const subscribe = [...wanted.values()]
        .filter((ref) => ref.type === type && !this.#subscribed.has(key(ref)))
        .map(({ name }) => name);
      const unsubscribe = this.#named(type).filter((name) => !wanted.has(key({ type, name })));
      for (const name of subscribe) this.#subscribed.add(key({ type, name }));
      for (const name of unsubscribe) {
        for (const set of [this.#subscribed, this.#needed, this.#children, this.#claims])
          set.delete(key({ type, name }));
      }
      if (subscribe.length + unsubscribe.length > 0) this.tell((talk) => talk.ask(type, { subscribe, unsubscribe }));
    }
  }

  #takePlain({ type, nonce, resources }: DeltaResponse): void {
    const bad = resources.some(({ version }) => isBad(version));
    for (const resource of bad ? [] : resources) {
      this.#needed.delete(key(resource));
      this.#children.set(key(resource), resource.version);
    }
    this.tell((talk) => this.#answer(talk, type, nonce, bad ? "some rule was broken" : undefined));
  }

  /** One by one; an equal version is skipped; the first consumer that cannot be rebuilt ends it. */
  #takeSecrets({ nonce, resources }: DeltaResponse): void {
    let refused = false;
    for (const resource of resources) {
      if (refused || !this.#subscribed.has(key(resource))) continue;
      this.#needed.delete(key(resource));
      if (this.#children.get(key(resource)) === resource.version) continue;
      this.#children.set(key(resource), resource.version);
      refused = !this.#consumers(resource.name).every((parent) => this.#rebuild(parent));
    }
    for (const resource of refused ? [] : resources) this.#claims.set(key(resource), resource.version);
    this.tell((talk) => this.#answer(talk, "secret", nonce, refused ? "Failed to load private key" : undefined));
  }

  /** A consumer uses all its secrets anew, or goes on with the old ones if one is bad. */
  #rebuild(parent: Resource): boolean {
    const secrets = parent.children.filter(({ type }) => type === "secret");
    const given = secrets.map((ref) => [ref.name, this.#children.get(key(ref))] as const);
    if (given.some(([, version]) => version !== undefined && isBad(version))) return false;
    for (const [name, version] of given) if (version !== undefined) this.#used.set(`${key(parent)} ${name}`, version);
    return true;
  }

  #answerClusters(tired: boolean): void {
    const nonce = this.#withheld;
    const warming = [...this.parents.cluster.values()].some(({ children }) =>
      children.some((ref) => this.#needed.has(key(ref))),
    );
    if (nonce === undefined || (warming && !tired)) return;
    this.#withheld = undefined;
    this.tell((talk) => this.#answer(talk, "cluster", nonce));
  }

  #answer(talk: Talk, type: ResourceType, nonce: string, text?: string): void {
    if (text === undefined) talk.ack(type, { nonce });
    else talk.nack(type, text, { nonce });
  }
}

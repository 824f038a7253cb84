// One service as the builders make it, and a client that has synchronised it.
import { child, MemoryView, Talk } from "./fixture";

/** One service as the builders make it, every resource at one version. */
export function service(name: string, version = "1") {
  return [
    { type: "cluster", name: `to-${name}`, version },
    { type: "cluster", name, version, children: [child("endpoint", name), child("secret", `ca/${name}`)] },
    { type: "endpoint", name, version },
    { type: "secret", name: `leaf/${name}`, version },
    { type: "secret", name: `ca/${name}`, version },
    { type: "extension", name: `rbac/${name}`, version },
    {
      type: "listener",
      name: `in-${name}`,
      version,
      children: [child("secret", `leaf/${name}`), child("extension", `rbac/${name}`)],
    },
  ] as const;
}

/** A client that holds one service, all ACKed. */
export function synced(): { view: MemoryView; talk: Talk } {
  const view = new MemoryView();
  view.put(...service("a"));
  const talk = new Talk(view);
  talk.ask("cluster");
  talk.ask("endpoint", { subscribe: ["a"] });
  talk.ask("secret", { subscribe: ["ca/a"] });
  for (const type of ["endpoint", "secret", "cluster"] as const) talk.ack(type);
  talk.ask("listener");
  talk.ask("secret", { subscribe: ["leaf/a"] });
  talk.ask("extension", { subscribe: ["rbac/a"] });
  for (const type of ["listener", "secret", "extension"] as const) expect(talk.ack(type)).toEqual([]);
  return { view, talk };
}

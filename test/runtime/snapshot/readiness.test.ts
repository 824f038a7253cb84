import { snapshotOf } from "../../../src/runtime/snapshot/readiness";
import type { Instance, WatchEvent, WatchKey } from "../../../src/runtime/snapshot/state";
import { apply, CA_KEY, CONFIG, events, IDENTITY, link, makePki, type Pki, TLS } from "./support/complete";

let pki: Pki;
let all: readonly WatchEvent[];
beforeAll(async () => {
  pki = await makePki();
  all = await events(pki);
});

const at = (address: string, healthy = true): Instance => ({ id: address, address, port: 1, weight: 1, healthy });
const instances = (...list: Instance[]): WatchEvent => ({ kind: "instances", service: "billing", instances: list });
const problem = (of: WatchKey, reason: string): WatchEvent => ({ kind: "problem", of, reason });

test("a service with everything is ready", () => {
  const state = apply(all);
  expect(snapshotOf(state, "billing")).toEqual({
    ready: {
      name: "billing",
      identity: IDENTITY,
      trust: pki.bundle,
      link: link("billing", TLS),
      instances: [{ id: "billing", address: "10.0.0.9", port: 443, weight: 1, healthy: true }],
      subsets: [],
      intentions: { intentions: [{ source: "web", action: "allow", precedence: 9 }], defaultAction: "deny" },
      config: CONFIG,
      leaf: expect.objectContaining({ certPem: expect.stringContaining("BEGIN CERTIFICATE") }),
      revocations: 0,
    },
  });
});

test.each([
  ["identity", "the gateway's identity is not known yet"],
  ["roots", "the mesh's root certificates are not known yet"],
  ["config", "protocol and limits are not known yet"],
  ["instances", "instances are not known yet"],
  ["intentions", "intentions are not known yet"],
  ["leaf", "leaf certificate not issued yet"],
  ["material", "certificate file not read yet: /etc/ca.pem"],
  ["links", "the service billing is not linked to this gateway"],
])("without %s it waits", (kind, waiting) => {
  expect(snapshotOf(apply(all.filter((event) => event.kind !== kind)), "billing")).toEqual({ waiting, isStuck: false });
});

test.each<[string, WatchKey, string]>([
  ["leaf", { kind: "leaf", service: "billing" }, "leaf certificate not issued yet: no right"],
  ["instances", { kind: "instances", service: "billing" }, "instances are not known yet: no right"],
  ["roots", { kind: "roots" }, "the mesh's root certificates are not known yet: no right"],
  [
    "material",
    { kind: "material", material: CA_KEY },
    "certificate file not read yet: /etc/ca.pem: /etc/ca.pem: no right",
  ],
])("while the watch of %s fails it says why", (kind, key, waiting) => {
  const state = apply(all.filter((event) => event.kind !== kind));
  apply([problem(key, "no right")], state);
  expect(snapshotOf(state, "billing")).toEqual({ waiting, isStuck: true });
});

test.each<[string, WatchEvent, string]>([
  ["a failed watch", problem({ kind: "intentions", service: "billing" }, "server away"), "server away"],
  ["a failed list of links", problem({ kind: "links" }, "server away"), "server away"],
  ["a bad file", problem({ kind: "material", material: CA_KEY }, "no certificate"), "/etc/ca.pem: no certificate"],
  [
    "a bad file whose reason names it",
    problem({ kind: "material", material: CA_KEY }, "/etc/ca.pem is gone"),
    "/etc/ca.pem is gone",
  ],
  [
    "instances of both kinds",
    instances(at("10.0.0.1"), at("db.example.com")),
    "1 instances with an IP address are not served beside those with a hostname",
  ],
])("%s is told although the last good state serves", (_name, event, text) => {
  expect(snapshotOf(apply([event], apply(all)), "billing")).toEqual({ ready: expect.anything(), problem: text });
});

test.each([
  ["none", []],
  ["none healthy", [at("10.0.0.1", false)]],
])("instances, %s: ready all the same", (_name, list) => {
  expect(snapshotOf(apply([instances(...list)], apply(all)), "billing")).toHaveProperty("ready.instances", list);
});

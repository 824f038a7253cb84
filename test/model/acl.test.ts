// The policy grants exactly what the gateway needs.

import { aclRules } from "../../src/model/acl";
import type { GatewayProps, ServiceProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";

function rulesOf(services: readonly ServiceProps[], more: Partial<GatewayProps> = {}): unknown {
  const model = validate<string>({ name: "egress", datacenter: "dc1", services, ...more }, (leaf) => leaf);
  if (!model.ok) throw new Error(JSON.stringify(model.error));
  return JSON.parse(aclRules(model.value));
}

const at = (name: string, address: string, namespace?: string): ServiceProps => ({
  ...{ name, address, port: 443, plaintext: true },
  ...(namespace === undefined ? {} : { namespace }),
});

const write = { policy: "write" };
const read = { policy: "read" };

test("without services: the gateway alone", () => {
  expect(rulesOf([])).toEqual({ service: { egress: write } });
});

test("each service by its name, each node once", () => {
  expect(rulesOf([at("b", "10.0.0.1"), at("a", "10.0.0.1")])).toEqual({
    node: { "egress-external-10-0-0-1": read },
    service: { a: write, b: write, egress: write },
  });
});

test("replicas that register themselves may write their own nodes and sessions, and no others", () => {
  expect(rulesOf([at("a", "10.0.0.1")], { acl: { replicas: ["host-1", "host-2"] } })).toEqual({
    node: { "egress-external-10-0-0-1": read, "egress-host-1": write, "egress-host-2": write },
    service: { a: write, egress: write },
    session: { "egress-host-1": write, "egress-host-2": write },
  });
  expect(rulesOf([{ name: "*", wildcard: true, plaintext: true }], { acl: { replicas: ["host-1"] } })).toEqual({
    node: { "egress-host-1": write },
    node_prefix: { "": read },
    service_prefix: { "": write },
    session: { "egress-host-1": write },
  });
});

test("replicas whose names are not known in advance, by the start of their names; a listed one is not named twice", () => {
  const prefix = { "egress-pod-": write };
  expect(rulesOf([at("a", "10.0.0.1")], { acl: { replicaPrefix: "pod-", replicas: ["pod-1", "host-1"] } })).toEqual({
    node: { "egress-external-10-0-0-1": read, "egress-host-1": write },
    node_prefix: prefix,
    service: { a: write, egress: write },
    session: { "egress-host-1": write },
    session_prefix: prefix,
  });
  expect(rulesOf([{ name: "*", wildcard: true, plaintext: true }], { acl: { replicaPrefix: "pod-" } })).toEqual({
    node_prefix: { "": read, ...prefix },
    service_prefix: { "": write },
    session_prefix: prefix,
  });
  expect(rulesOf([], { namespace: "team", acl: { replicaPrefix: "pod-" } })).toEqual({
    namespace: { team: { service: { egress: write }, session_prefix: prefix } },
    node_prefix: prefix,
  });
});

test("a wildcard link means every service and node", () => {
  expect(rulesOf([{ name: "*", wildcard: true, plaintext: true }])).toEqual({
    node_prefix: { "": read },
    service_prefix: { "": write },
  });
});

test("services of another namespace are granted there", () => {
  expect(rulesOf([at("a", "10.0.0.1", "team"), at("b", "10.0.0.1")])).toEqual({
    namespace: { team: { service: { a: write } } },
    node: { "egress-external-10-0-0-1": read },
    service: { b: write, egress: write },
  });
});

test("sessions of replicas are in the gateway's namespace, their nodes in its partition", () => {
  const more = { namespace: "team", partition: "east", acl: { replicas: ["host-1"] } };
  expect(rulesOf([], more)).toEqual({
    partition: {
      east: {
        namespace: { team: { service: { egress: write }, session: { "egress-host-1": write } } },
        node: { "egress-host-1": write },
      },
    },
  });
});

test("a partition nests everything", () => {
  expect(rulesOf([at("a", "10.0.0.1")], { partition: "east" })).toEqual({
    partition: {
      east: {
        namespace: { default: { service: { a: write, egress: write } } },
        node: { "egress-external-10-0-0-1": read },
      },
    },
  });
});

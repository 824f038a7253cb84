// The parts of a plan that composed constructs use, and what the golden cases do not show.

import type { GatewayModel } from "../../src/model/gateway";
import { plan, planServices } from "../../src/model/plan";
import { validate, validateService } from "../../src/model/validate";

function modelOf(fields: object): GatewayModel {
  const result = validate<string>({ name: "egress", datacenter: "dc1", ...fields }, (leaf) => leaf);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test("an empty gateway: no Services key, as the server returns none", () => {
  const items = plan(modelOf({}));
  expect(items.map(({ key }) => key)).toEqual(["policy", "role", "token", "gateway", "manifest"]);
  expect(items[3]).toMatchObject({ args: { config: {} }, dependsOn: ["policy"] });
});

test("everything waits for the policy, whose name is refused where another declaration has it", () => {
  const services = [{ name: "a", address: "10.0.0.1", port: 1, plaintext: true, allowFrom: ["web"] }];
  const orderOf = (model: GatewayModel): unknown => plan(model).map(({ key, dependsOn }) => [key, dependsOn]);
  const node = "node-egress-external-10-0-0-1";
  expect(orderOf(modelOf({ services }))).toEqual([
    ["policy", []],
    ["role", ["policy"]],
    ["token", ["role"]],
    [node, ["policy"]],
    ["service-a", [node]],
    ["defaults-a", ["policy"]],
    ["intentions-a", ["defaults-a"]],
    ["gateway", ["policy", "service-a", "intentions-a"]],
    ["manifest", ["gateway", "token"]],
  ]);
  expect(orderOf(modelOf({ services, acl: { enabled: false } }))).toEqual([
    [node, []],
    ["service-a", [node]],
    ["defaults-a", []],
    ["intentions-a", ["defaults-a"]],
    ["gateway", ["service-a", "intentions-a"]],
    ["manifest", ["gateway"]],
  ]);
});

test("services that are declared on their own are left out", () => {
  const service = { name: "a", address: "10.0.0.1", port: 1, plaintext: true };
  const keys = plan(modelOf({ services: [service] }), []).map(({ key }) => key);
  expect(keys).toEqual(["policy", "role", "token", "gateway", "manifest"]);
});

test("a service declared alone has the same keys as in a gateway", () => {
  const props = { name: "a", address: "10.0.0.1", port: 1, allowFrom: ["web"] };
  const alone = validateService<string>(props, { owner: "egress", linkedElsewhere: true }, (leaf) => leaf);
  if (!alone.ok) throw new Error(JSON.stringify(alone.error));
  const together = modelOf({ services: [{ ...props, plaintext: true }] });
  expect(planServices([alone.value], {})).toEqual(planServices(together.services, {}));
});

test("naming the gateway's own namespace on a service changes no key", () => {
  const service = { name: "a", address: "10.0.0.1", port: 1, plaintext: true };
  const keys = (more: object) =>
    plan(modelOf({ namespace: "edge", services: [{ ...service, ...more }] })).map(({ key }) => key);
  expect(keys({ namespace: "edge" })).toEqual(keys({}));
});

test("a second instance leaves the keys of the first alone", () => {
  const keys = (...addresses: readonly string[]) =>
    plan(
      modelOf({
        services: [{ name: "a", plaintext: true, instances: addresses.map((address) => ({ address, port: 1 })) }],
      }),
    )
      .map(({ key }) => key)
      .filter((key) => /^(node|service)-/.test(key));
  expect(keys("10.0.0.1")).toEqual(["node-egress-external-10-0-0-1", "service-a"]);
  expect(keys("10.0.0.1", "10.0.0.2")).toEqual([
    "node-egress-external-10-0-0-1",
    "node-egress-external-10-0-0-2",
    "service-a",
    "service-a-2",
  ]);
});

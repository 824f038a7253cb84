// The manifest by Consul's KV store: one key, one right, and no more than fits there.

import { aclRules } from "../../src/model/acl";
import type { GatewayModel } from "../../src/model/gateway";
import { formatIssue } from "../../src/model/issues";
import { decodeManifest, makeManifest } from "../../src/model/manifest";
import { plan } from "../../src/model/plan";
import type { GatewayProps } from "../../src/model/props";
import { type Peek, validate } from "../../src/model/validate";
import { inGateway, testMistakes } from "./declare";

const PROPS: GatewayProps = {
  ...{ name: "egress", datacenter: "dc1", delivery: "kv" },
  services: [{ name: "billing", address: "10.0.0.9", port: 443, plaintext: true }],
};
const KEY = { "consul-terminating-gateway/egress": { policy: "read" } };

function modelOf(props: GatewayProps, peek: Peek<string> = (leaf) => leaf): GatewayModel<string> {
  const model = validate<string>(props, peek);
  if (!model.ok) throw new Error(model.error.map(formatIssue).join("\n"));
  return model.value;
}

const rulesOf = (more: Partial<GatewayProps>) => JSON.parse(aclRules(modelOf({ ...PROPS, ...more })));

testMistakes([
  ["no such delivery", inGateway({ delivery: "s3" }), "delivery", /file, kv/],
  ["late delivery", inGateway({ delivery: "${TfToken[TOKEN.7]}" }), "delivery", /known late/],
]);

test("the policy may read exactly that key", () => {
  expect(rulesOf({})).toMatchObject({ key: KEY });
  expect(rulesOf({ delivery: "file" })).not.toHaveProperty("key");
  expect(rulesOf({ services: [{ name: "*", wildcard: true, plaintext: true }] })).toEqual({
    ...{ key: KEY, node_prefix: { "": { policy: "read" } }, service_prefix: { "": { policy: "write" } } },
  });
});

test("the right is where the key is: in the gateway's own namespace and partition, and in no other", () => {
  const services = [
    { name: "a", address: "10.0.0.1", port: 1, plaintext: true },
    { name: "b", address: "10.0.0.2", port: 1, plaintext: true, namespace: "other" },
  ];
  const { partition } = rulesOf({ namespace: "team", partition: "edge", services });
  expect(partition.edge.namespace.team).toMatchObject({ key: KEY });
  expect(partition.edge.namespace.other).not.toHaveProperty("key");
  expect(partition.edge).not.toHaveProperty("key");
});

test("the key is made after the policy and before the gateway, and its value is the manifest", () => {
  const items = plan(modelOf({ ...PROPS, namespace: "team", partition: "edge" }));
  const key = items.find((item) => item.key === "manifest-key");
  const manifest = makeManifest(modelOf({ ...PROPS, namespace: "team", partition: "edge" }));
  expect(key).toEqual({
    ...{ kind: "kv-key", key: "manifest-key", dependsOn: ["policy"] },
    args: { path: "consul-terminating-gateway/egress", namespace: "team", partition: "edge", value: manifest },
  });
  expect(items.find((item) => item.key === "gateway")?.dependsOn).toContain("manifest-key");
  expect(plan(modelOf({ ...PROPS, delivery: "file" })).map((item) => item.kind)).not.toContain("kv-key");
  const without = plan(modelOf({ ...PROPS, acl: { enabled: false } }));
  expect(without.find((item) => item.key === "manifest-key")?.dependsOn).toEqual([]);
});

test("a manifest says that it is delivered so, and one that is not has the bytes it had", () => {
  expect(makeManifest(modelOf(PROPS)).gateway).toMatchObject({ delivery: "kv" });
  expect(makeManifest(modelOf({ ...PROPS, delivery: "file" })).gateway).not.toHaveProperty("delivery");
  const decoded = decodeManifest(JSON.parse(JSON.stringify(makeManifest(modelOf(PROPS)))));
  expect(decoded).toMatchObject({ ok: true, value: { delivery: "kv" } });
});

describe("a value of the KV store has at most 524288 bytes", () => {
  const large = (bytes: number, text = "x"): GatewayProps => {
    const tagged = (tag: string) => ({
      ...PROPS,
      services: [{ name: "billing", address: "10.0.0.9", port: 443, plaintext: true, tags: [tag] }],
    });
    const frame = JSON.stringify(makeManifest(modelOf(tagged("")))).length;
    return tagged(text.repeat((bytes - frame) / Buffer.byteLength(text)));
  };

  test("which is enough for as many", () => {
    expect(modelOf(large(524_288)).delivery).toBe("kv");
  });

  test.each([
    ["one more", large(524_289)],
    ["characters of several bytes", large(524_290, "ä")],
  ])("%s is a mistake with its remedy", (_what, props) => {
    const result = validate<string>(props, (leaf) => leaf);
    expect(result.ok ? [] : result.error).toEqual([
      {
        path: "services",
        got: expect.stringMatching(/^a manifest of 5242(89|90) bytes with 1 services$/),
        allowed: expect.stringContaining("at most 524288 bytes"),
        hint: expect.stringMatching(/delivery: "file".*divide the services/),
      },
    ]);
    expect(modelOf({ ...props, delivery: "file" }).delivery).toBe("file");
  });

  test("a value that is late counts when it is known", () => {
    const props = large(524_289);
    const late = { ...props, services: [{ ...props.services?.[0], address: "10.0.0.9" }] } as GatewayProps;
    expect(validate<string>(late, (leaf) => (leaf === "10.0.0.9" ? undefined : leaf)).ok).toBe(true);
    expect(validate<string>(late, (leaf) => leaf).ok).toBe(false);
  });
});

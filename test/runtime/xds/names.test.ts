import { materialSecret, routerListener, serviceNames } from "../../../src/runtime/xds/names";

const TD = "td.consul";

test("names of a service of the default namespace and partition", () => {
  expect(serviceNames("billing", "dc1", TD)).toEqual({
    full: { name: "billing", namespace: "default", partition: "default" },
    sni: "billing.default.dc1.internal.td.consul",
    router: "to-billing.default.dc1.internal.td.consul",
    listener: "in-billing",
    leaf: "leaf/billing",
    intent: "intent/billing",
    rbac: "rbac/billing",
    statPrefix: "upstream.billing.default.default.dc1",
  });
});

test.each([
  ["shop/billing", "billing.shop.dc1.internal.td.consul", "upstream.billing.shop.default.dc1"],
  ["ap1/shop/billing", "billing.shop.ap1.dc1.internal-v1.td.consul", "upstream.billing.shop.ap1.dc1"],
  ["ap1/default/billing", "billing.default.ap1.dc1.internal-v1.td.consul", "upstream.billing.default.ap1.dc1"],
])("SNI and stat prefix of %s", (key, sni, statPrefix) => {
  expect(serviceNames(key, "dc1", TD)).toMatchObject({ sni, statPrefix });
});

test("what is no service key is refused", () => {
  expect(() => serviceNames("a//b", "dc1", TD)).toThrow('not a service key: "a//b"');
});

test("secrets of files are told apart by their paths", () => {
  expect(materialSecret({ kind: "ca", caFile: "/etc/ca+1.pem" })).toBe("ca//etc/ca+1.pem");
  expect(materialSecret({ kind: "client", certFile: "/c.pem", keyFile: "/k.pem" })).toBe("client//c.pem+/k.pem");
  expect(materialSecret({ kind: "client", certFile: "/a+", keyFile: "%" })).toBe("client//a%2B+%25");
});

test("the router listener's name holds its address", () => {
  expect(routerListener({ name: "lan", address: "::1", port: 8443 })).toBe("lan:::1:8443");
});

// Text form of service names.

import fc from "fast-check";
import { formatServiceName, parseServiceName } from "../../src/model/service-name";

test.each([
  [{ name: "billing" }, "billing"],
  [{ name: "billing", namespace: "default", partition: "default" }, "billing"],
  [{ name: "billing", namespace: "team-a" }, "team-a/billing"],
  [{ name: "billing", partition: "east" }, "east/default/billing"],
  [{ name: "billing", namespace: "team-a", partition: "east" }, "east/team-a/billing"],
])("%j is written %s", (name, text) => {
  expect(formatServiceName(name)).toBe(text);
});

test("what is written is read back", () => {
  const part = fc.stringMatching(/^[a-z0-9]([a-z0-9_.-]{0,8}[a-z0-9])?$/).filter((text) => text !== "default");
  const name = fc.record({ name: part, namespace: part, partition: part }, { requiredKeys: ["name"] });
  fc.assert(
    fc.property(name, (each) => {
      expect(parseServiceName(formatServiceName(each))).toEqual({ ok: true, value: each });
    }),
  );
});

test("the default tenancy is read as absent", () => {
  expect(parseServiceName("default/default/billing")).toEqual({ ok: true, value: { name: "billing" } });
});

test.each(["", "/", "a//b", "a/b/c/d", "a/"])("%j is refused", (text) => {
  expect(parseServiceName(text)).toMatchObject({ ok: false, error: { got: JSON.stringify(text) } });
});

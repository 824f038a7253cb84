// What requests say of a service's namespace and partition.
import { fullNameOf, matchNameOf, nameOf, placeOf } from "../../../../src/runtime/source/consul/place";

test.each([
  ["pay", "pay", { ns: "default", partition: "default" }, "default/pay", "default/default/pay"],
  ["team/pay", "pay", { ns: "team", partition: "default" }, "team/pay", "default/team/pay"],
  ["eu/team/pay", "pay", { ns: "team", partition: "eu" }, "team/pay", "eu/team/pay"],
])("%p on Enterprise", (service, name, place, match, full) => {
  expect(nameOf(service)).toBe(name);
  expect(placeOf(service, true)).toEqual(place);
  expect(matchNameOf(service, true)).toBe(match);
  expect(fullNameOf(service)).toBe(full);
});

test("the community edition is told the name alone", () => {
  expect(placeOf("pay", false)).toEqual({});
  expect(matchNameOf("pay", false)).toBe("pay");
});

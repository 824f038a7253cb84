// Texts as real Envoys send them, and texts that could mislead.
import { parseNack } from "../../../src/runtime/ads/nack";

const reasons = (text: string, names: readonly string[]) => Object.fromEntries(parseNack(text, names).reasons);

test("one cluster", () => {
  const text = "Error adding/updating cluster(s) b: Failed to load certificate chain from <inline>";
  expect(reasons(text, ["a", "b"])).toEqual({ b: "Failed to load certificate chain from <inline>" });
  expect(parseNack(text, ["a", "b"]).complete).toBe(true);
});

test("several, reasons with commas and colons inside", () => {
  const text = "Error adding/updating cluster(s) a: Failed, Cause: error:0b000074:X.509, c: no such thing";
  expect(reasons(text, ["a", "b", "c"])).toEqual({ a: "Failed, Cause: error:0b000074:X.509", c: "no such thing" });
});

test("listeners, one a line, names with colons", () => {
  const text = "Error adding/updating listener(s) default:127.0.0.1:8443: missing ]: [\nin-b.dc1: duplicate address\n";
  expect(reasons(text, ["in-b.dc1", "default:127.0.0.1:8443"])).toEqual({
    "default:127.0.0.1:8443": "missing ]: [",
    "in-b.dc1": "duplicate address",
  });
});

test("a name inside a reason or inside another name is no culprit", () => {
  expect(reasons("Error adding/updating cluster(s) xa: refers to a: gone", ["a", "xa"])).toEqual({
    xa: "refers to a: gone",
  });
});

test("other texts name nobody", () => {
  expect(reasons("Invalid duration: Expected positive duration: seconds: -1", ["seconds"])).toEqual({});
  expect(reasons("Error adding/updating cluster(s) q: what", ["a"])).toEqual({});
});

test("a text that Envoy cut short is not complete", () => {
  expect(parseNack("Error adding/updating cluster(s) a: x, b: y...(truncated)", ["a"]).complete).toBe(false);
});

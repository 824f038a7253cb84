import fc from "fast-check";
import { literal, notOneOf } from "../../../src/runtime/xds/regex";
import { fullMatch } from "./support/re2";

const RUNS = { numRuns: 300 };
/** Few letters, so that names share beginnings, and everything that means something in an expression. */
const character = fc.constantFrom(..."aab.-_*+?^$()[]{}|\\,é😀");
const name = fc.array(character, { minLength: 1, maxLength: 4 }).map((each) => each.join(""));

test("literal text matches itself alone", () => {
  fc.assert(
    fc.property(name, name, (text, other) => {
      expect(fullMatch(literal(text), other)).toBe(text === other);
      expect(fullMatch(literal(text), text)).toBe(true);
    }),
    RUNS,
  );
});

test("any but these names: exactly the texts without a slash that are none of them", () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), fc.oneof(name, fc.constantFrom("", "/", "a/b")), (names, text) => {
      const wanted = text !== "" && !text.includes("/") && !names.includes(text);
      expect(fullMatch(notOneOf(names), text)).toBe(wanted);
      for (const one of names) {
        expect(fullMatch(notOneOf(names), one)).toBe(false);
        expect(fullMatch(notOneOf(names), `${one}a`)).toBe(!names.includes(`${one}a`));
      }
    }),
    RUNS,
  );
});

test.each([
  [[], "[^/]+"],
  [["ab"], "(?:[^/a][^/]*|a(?:[^/b][^/]*|b[^/]+)?)"],
  [["a", "a"], "(?:[^/a][^/]*|a[^/]+)"],
])("the expression for %j", (names, expression) => {
  expect(notOneOf(names)).toBe(expression);
});

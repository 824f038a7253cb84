import { yamlText } from "../../src/launch/yaml";

test("maps and lists, in block style", () => {
  const value = { a: 1, list: ["x", { k: true, deep: { z: "w" } }, ["p", "q"]], none: [], empty: {} };
  expect(yamlText(value)).toBe(`a: 1
list:
  - x
  - k: true
    deep:
      z: w
  - - p
    - q
none: []
empty: {}
`);
});

test.each([
  ["plain", "plain"],
  ["/etc/a-b_c.pem", "/etc/a-b_c.pem"],
  ["", '""'],
  ["yes", '"yes"'],
  ["Null", '"Null"'],
  ["n", '"n"'],
  ["8443", '"8443"'],
  ["1e3", '"1e3"'],
  ["a: b", '"a: b"'],
  ["a #b", '"a #b"'],
  ["-x", '"-x"'],
  ["~", '"~"'],
  [" lead", '" lead"'],
  ['q"\\', '"q\\"\\\\"'],
  ["one line\n", '"one line\\n"'],
  ["tab\tin\nlines\n", '"tab\\tin\\nlines\\n"'],
  ["a\u2028b", '"a\\u2028b"'],
  ["a\u0085b", '"a\\u0085b"'],
  ["ä€😀", '"ä€😀"'],
])("%j is written %s", (text, expected) => {
  expect(yamlText({ key: text })).toBe(`key: ${expected}\n`);
});

test("a text of several lines is a literal block, blank and indented lines included", () => {
  expect(yamlText({ a: { text: "one\n\n  two\n" }, b: 1 })).toBe("a:\n  text: |\n    one\n\n      two\nb: 1\n");
  expect(yamlText({ list: ["one\ntwo\n"] })).toBe("list:\n  - |\n      one\n      two\n");
});

test.each(["one\ntwo", "one\n\n\n", "\none\n", "  one\ntwo\n", "one\r\ntwo\n"])("%j cannot be one", (text) => {
  expect(yamlText({ text })).toBe(`text: ${JSON.stringify(text)}\n`);
});

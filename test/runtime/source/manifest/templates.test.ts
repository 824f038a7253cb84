import { resolveTemplates } from "../../../../src/runtime/source/manifest/templates";

it.each<[string, string, boolean]>([
  ["plain", "plain", false],
  ["$5 and 100%", "$5 and 100%", false],
  ["$${HOME}", "${HOME}", false],
  ["%%{if}", "%{if}", false],
  ["a$${x}b$${y}", "a${x}b${y}", false],
  ["${var.ip}", "${var.ip}", true],
  ["%{ if x }", "%{ if x }", true],
  ["$${x} ${var.ip}", "${x} ${var.ip}", true],
])("reads %j as %j", (text, value, isReference) => {
  expect(resolveTemplates({ a: [text] })).toEqual({ value: { a: [value] }, unresolved: isReference ? ["a[0]"] : [] });
});

it("names every reference by its path and leaves other values alone", () => {
  const value = { a: "${x}", b: [1, null, true, { c: "${y}" }], d: {} };
  expect(resolveTemplates(value)).toEqual({ value, unresolved: ["a", "b[3].c"] });
});

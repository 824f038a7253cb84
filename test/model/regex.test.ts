// What passes for an RE2 regular expression.

import { regexProblem } from "../../src/model/validate/regex";

test.each([
  "/v[0-9]+/.*",
  "(?i)abc",
  "(?i:abc)d",
  "(?P<id>[0-9]+)",
  "\\Aabc\\z",
  "\\pN+",
  "\\p{Greek}",
  "[[:alpha:]_]+",
  "a\\-b\\.c",
  "a{2,1000}",
  "\\\\1",
  "\\x41\\x{10FFFF}",
  "[\\w.-]+",
])("%s passes", (source) => {
  expect(regexProblem(source)).toBeUndefined();
});

test.each([
  ["(a", /compile/],
  ["a)", /compile/],
  ["[a", /compile/],
  ["*a", /compile/],
  ["a**", /compile/],
  ["a++", /compile/],
  ["\\y", /compile/],
  ["a\\", /compile/],
  ["a{1001}", /1000/],
  ["a(?=b)", /look-ahead/],
  ["(?<!a)b", /look-behind/],
  ["(a)\\1", /back-references/],
  ["(?<n>a)\\k<n>", /back-references/],
])("%s is refused", (source, why) => {
  expect(regexProblem(source)).toMatch(why);
});

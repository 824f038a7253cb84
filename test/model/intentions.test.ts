// Precedence, order and spelling of intentions.

import { intentionsOf, precedenceOf, toConfigEntrySources } from "../../src/model/intentions";
import type { IntentionProps } from "../../src/model/props";

test.each([
  ["billing", "web", undefined, 9],
  ["billing", "*", undefined, 8],
  ["billing", "*", "*", 7],
  ["*", "web", undefined, 6],
  ["*", "*", undefined, 5],
  ["*", "*", "*", 4],
])("to %s from %s in namespace %s: %i", (destination, name, namespace, precedence) => {
  expect(precedenceOf(destination, { name, namespace })).toBe(precedence);
});

const sources = (intentions: readonly IntentionProps[], allowFrom: readonly string[] = []) =>
  toConfigEntrySources(intentionsOf({ name: "billing", intentions, allowFrom }));

test("the higher precedence comes first, equals stay as declared, allowFrom after intentions", () => {
  const declared = [
    { source: "*", wildcard: true, action: "deny" },
    { source: "z", action: "deny" },
    { source: "a", namespace: "team" },
  ] as const;
  expect(sources(declared, ["m"])).toEqual([
    { Name: "z", Action: "deny", Precedence: 9, Type: "consul" },
    { Name: "a", Namespace: "team", Action: "allow", Precedence: 9, Type: "consul" },
    { Name: "m", Action: "allow", Precedence: 9, Type: "consul" },
    { Name: "*", Action: "deny", Precedence: 8, Type: "consul" },
  ]);
});

test("permissions: paths, upper-case methods, every header condition; no empty field", () => {
  const headers = [
    { name: "a", present: true },
    { name: "b", exact: "1", ignoreCase: true },
    { name: "c", prefix: "2" },
    { name: "d", suffix: "3" },
    { name: "e", contains: "4" },
    { name: "f", regex: "5", invert: true },
  ];
  const permissions = [
    { action: "deny", pathExact: "/x" },
    { action: "allow", pathRegex: "/y.*", methods: ["get", "Post"] },
    { action: "allow", headers },
  ] as const;
  expect(sources([{ source: "web", permissions, description: "reads" }])).toEqual([
    {
      Name: "web",
      Permissions: [
        { Action: "deny", HTTP: { PathExact: "/x" } },
        { Action: "allow", HTTP: { PathRegex: "/y.*", Methods: ["GET", "POST"] } },
        {
          Action: "allow",
          HTTP: {
            Header: [
              { Name: "a", Present: true },
              { Name: "b", Exact: "1", IgnoreCase: true },
              { Name: "c", Prefix: "2" },
              { Name: "d", Suffix: "3" },
              { Name: "e", Contains: "4" },
              { Name: "f", Regex: "5", Invert: true },
            ],
          },
        },
      ],
      Precedence: 9,
      Type: "consul",
      Description: "reads",
    },
  ]);
});

test("a permission for any request still has a condition: the server refuses an empty HTTP", () => {
  expect(sources([{ source: "web", permissions: [{ action: "allow" }] }])).toMatchObject([
    { Permissions: [{ Action: "allow", HTTP: { PathPrefix: "/" } }] },
  ]);
});

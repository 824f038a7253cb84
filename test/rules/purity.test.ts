// Every file is on one side, and pure files are pure. Imports are judged by the dependency rules.
import { PURE, SHELL } from "../../tools/purity.cjs";
import { impurities } from "./impurities";
import { sourceFiles, textOf } from "./sources";

const isOn = (list: readonly string[], path: string): boolean =>
  list.some((name) => (name.endsWith("/") ? path.startsWith(name) : path === name));

test("every source file is pure or shell, and not both", () => {
  const files = sourceFiles();
  expect(files.filter((path) => !isOn(PURE, path) && !isOn(SHELL, path))).toEqual([]);
  expect(files.filter((path) => isOn(PURE, path) && isOn(SHELL, path))).toEqual([]);
});

test("every name on the lists exists", () => {
  const files = sourceFiles();
  expect([...PURE, ...SHELL].filter((name) => !files.some((path) => isOn([name], path)))).toEqual([]);
});

test("pure files have no clock, chance, timer, process, log or waiting", () => {
  const found = sourceFiles()
    .filter((path) => isOn(PURE, path))
    .flatMap((path) => impurities(textOf(path)).map((line) => `${path}:${line}`));
  expect(found).toEqual([]);
});

test.each([
  ["const t = Date.now();", "1: Date.now"],
  ["const t = new Date();", "1: new Date()"],
  ["const r = Math.random();", "1: Math.random"],
  ["setTimeout(f, 1);", "1: setTimeout"],
  ["const e = process.env;", "1: process"],
  ["const e = { process };", "1: process"],
  ["console.log(1);", "1: console"],
  ["\nasync function f() {}", "2: async"],
  ["const f = async () => 1;", "1: async"],
])("%s is seen", (text, line) => {
  expect(impurities(text)).toEqual([line]);
});

test.each(["new Date(0)", "a.process(1)", "({ console: 1 })", "// process.exit()", "Date.parse(x)", "'setTimeout'"])(
  "%s is no fault",
  (text) => {
    expect(impurities(text)).toEqual([]);
  },
);

// What users must read before they give a name: it is in the docs of the construct that takes it.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const docs = (file: string): string =>
  readFileSync(join(__dirname, "../../../src/constructs/hcl", file), "utf8").replaceAll(/\s*\n\s*\*\s*/g, " ");

test("20, N14: an existing gateway entry is overwritten and later deleted; policies are refused", () => {
  const text = docs("terminating-gateway.ts");
  expect(text).toContain(
    "an existing `terminating-gateway` entry of this name is overwritten without a warning, and deleted",
  );
  expect(text).toContain("ACL policies and roles of an existing name are refused");
});

test("11, N1: a node of a name that exists is taken over and destroyed", () => {
  const text = docs("external-node.ts");
  expect(text).toContain("taken over, and destroyed later with everything that is registered on it");
  expect(text).toContain("never give the name of a Consul agent's node");
});

test("18: the provider's datacenter", () => {
  expect(docs("terminating-gateway.ts")).toContain("Give it its `datacenter`");
});

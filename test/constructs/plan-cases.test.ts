// Each case folder: props.json → plan.json and manifest.json, exactly.

import { formatIssue } from "../../src/model/issues";
import { canonicalJson, decodeManifest, makeManifest } from "../../src/model/manifest";
import { plan } from "../../src/model/plan";
import { validate } from "../../src/model/validate";
import { expectGolden, type GoldenCase, goldenCases, unownedFiles } from "../support/golden";

const AS_READ = { existing: "egress-terminating-gateway", method: { jwt: { subject: "egress" } } };

function modelOf({ props }: GoldenCase) {
  const result = validate<string>(props, (leaf) => leaf);
  if (!result.ok) throw new Error(result.error.map(formatIssue).join("\n"));
  return result.value;
}

describe.each(goldenCases().map((each) => [each.name, each] as const))("case %s", (_name, golden) => {
  test("plan", () => {
    const items = plan(modelOf(golden));
    // The manifest has a golden of its own.
    expectGolden(
      golden,
      "plan.json",
      items.map((item) => {
        if (item.kind === "manifest") return { ...item, args: { manifest: "see manifest.json" } };
        return item.kind === "kv-key" ? { ...item, args: { ...item.args, value: "see manifest.json" } } : item;
      }),
    );
  });

  test("manifest, and back", () => {
    const model = modelOf(golden);
    const manifest = makeManifest(model);
    expectGolden(golden, "manifest.json", manifest);
    // How an auth method is made stays with the declaration.
    const { maxTokenTtl: _, ...auth } = model.auth ?? {};
    const read = model.auth === undefined ? model : { ...model, auth: { ...auth, ...AS_READ } };
    expect(decodeManifest(JSON.parse(canonicalJson(manifest)))).toEqual({ ok: true, value: read });
  });

  test("plan keys are unique, and nothing depends on what comes later", () => {
    const seen = new Set<string>();
    for (const item of plan(modelOf(golden))) {
      expect(seen.has(item.key)).toBe(false);
      expect(item.dependsOn.filter((key) => !seen.has(key))).toEqual([]);
      seen.add(item.key);
    }
  });

  test("every file is owned", () => {
    expect(unownedFiles(golden)).toEqual([]);
  });
});

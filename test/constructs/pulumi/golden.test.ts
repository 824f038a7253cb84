// Each case folder: props.json → pulumi.json, exactly, in previews as well; and the manifest's bytes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import { TerminatingGateway, type TerminatingGatewayArgs } from "../../../src/constructs/pulumi";
import { expectGolden, type GoldenCase, goldenCases } from "../../support/golden";
import { runProgram } from "./program";
import { known } from "./values";

const deploy = ({ props }: GoldenCase, preview: boolean) =>
  runProgram(preview, () => new TerminatingGateway("egress", props as TerminatingGatewayArgs));

describe.each(goldenCases().map((each) => [each.name, each] as const))("case %s", (_name, golden) => {
  test.each([true, false])("resources, preview %s", async (preview) => {
    const { resources, failures } = await deploy(golden, preview);
    expect(failures).toEqual([]);
    expectGolden(
      golden,
      "pulumi.json",
      resources.map(({ type, name, inputs, parent, dependsOn }) => ({ type, name, inputs, parent, dependsOn })),
    );
  });

  test.each([true, false])("manifest, preview %s", async (preview) => {
    const { result } = await deploy(golden, preview);
    const text = await known(result?.manifest as Output<string>);
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(golden.dir, "manifest.json"), "utf8")));
    // Golden files are written in the canonical form: sorted keys, two spaces, a newline at the end.
    expect(text).toBe(readFileSync(join(golden.dir, "manifest.json"), "utf8"));
  });
});

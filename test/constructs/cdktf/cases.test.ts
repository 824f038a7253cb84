// Each case folder: props.json → the resources that Terraform gets, exactly.

import { TerminatingGateway, type TerminatingGatewayProps } from "../../../src/constructs/cdktf";
import { expectGolden, goldenCases } from "../../support/golden";
import { synth } from "./stack";

test.each(goldenCases().map((each) => [each.name, each] as const))("case %s", (_name, golden) => {
  const { resource } = synth((stack) => {
    new TerminatingGateway(stack, "egress", golden.props as TerminatingGatewayProps);
  });
  expectGolden(golden, "terraform.json", resource);
});

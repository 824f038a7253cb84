// Each case folder through CDKTN: the resources that CDKTF's golden file says, under the same logical ids.

import type { TerminatingGatewayProps } from "../../../src/constructs/cdktf";
import { expectGolden, goldenCases } from "../../support/golden";
import { CDKTN, resourcesOf } from "./sides";

test.each(goldenCases().map((each) => [each.name, each] as const))("case %s", (_name, golden) => {
  // Rewriting is the other engine's; this one must agree with it.
  delete process.env.UPDATE_GOLDEN;
  const resource = resourcesOf(CDKTN, (stack, { entry }) => {
    new entry.TerminatingGateway(stack, "egress", golden.props as TerminatingGatewayProps);
  });
  expectGolden(golden, "terraform.json", resource);
});

// A token cannot be exported by a library of Pulumi's that keeps no values: that is said, and nothing is made.
import { TerminatingGateway } from "../../../src/constructs/pulumi";
import { runProgram } from "./program";

jest.mock("@pulumi/pulumi", () => ({ ...jest.requireActual<object>("@pulumi/pulumi"), Stash: undefined }));

const GATEWAY = { name: "egress", datacenter: "dc1" };

test("an old @pulumi/pulumi", async () => {
  jest.spyOn(console, "warn").mockImplementation();
  const acl = { exportToken: { pgpKey: "keybase:some" } };
  const { failures } = await runProgram(false, () => void new TerminatingGateway("gw", { ...GATEWAY, acl }));
  expect(failures).toEqual([
    expect.stringContaining(
      "acl.exportToken: got a @pulumi/pulumi without Stash, allowed @pulumi/pulumi and pulumi 3.208.0",
    ),
  ]);
  jest.restoreAllMocks();
});

test("does for every other declaration", async () => {
  const { failures } = await runProgram(false, () => void new TerminatingGateway("gw", GATEWAY));
  expect(failures).toEqual([]);
});

// The prop `policies` of each engine: told with every other mistake, over what is linked as well, also where a value is late.

import * as cdktf from "cdktf";
import * as cdktn from "cdktn";
import type { Policy } from "../../../src/constructs/cdktf";
import * as viaCdktf from "../../../src/constructs/cdktf";
import * as viaCdktn from "../../../src/constructs/cdktn";
import * as viaPulumi from "../../../src/constructs/pulumi";
import { runProgram, Unborn } from "../pulumi/program";

const GATEWAY = { name: "egress", datacenter: "dc1" };
const NEAR = { name: "near", address: "10.0.0.1", port: 1, plaintext: true };
const FAR = { name: "far", address: "192.0.2.1", port: 1, plaintext: true };

/** Near addresses only; a late one will do. */
const near: Policy = ({ services }) =>
  services.flatMap(({ name, instances }) =>
    instances.flatMap(({ address }) => {
      if (address === undefined || address.startsWith("10.")) return [];
      return [{ path: `services["${name}"]`, got: `"${address}"`, allowed: "10.*", hint: "stay near" }];
    }),
  );
const policies = [near];
const REFUSED = 'services["far"]: got "192.0.2.1", allowed 10.*; stay near';

describe.each([
  ["cdktf", { ...cdktf, ...viaCdktf }],
  ["cdktn", { ...cdktn, ...viaCdktn } as unknown as typeof cdktf & typeof viaCdktf],
])("%s", (_name, lib) => {
  const mistakes = (declare: (stack: cdktf.TerraformStack) => void): readonly string[] => {
    const stack = new lib.TerraformStack(lib.Testing.app(), "s");
    declare(stack);
    const own = stack.node.findAll().filter((each) => each instanceof lib.TerminatingGateway);
    return own.flatMap(({ node }) => node.validate());
  };

  test("declared and linked services, with the mistakes of others", () => {
    const found = mistakes((stack) => {
      const far = new lib.ExternalService(stack, "far", FAR);
      new lib.TerminatingGateway(stack, "a", { ...GATEWAY, services: [NEAR], policies }).link(far);
      new lib.TerminatingGateway(stack, "b", { name: "b", datacenter: "dc1", bind: { port: 0 }, policies });
    });
    expect(found).toEqual([REFUSED, expect.stringMatching(/^bind\.port: got 0/)]);
  });

  test("a late address is undefined", () => {
    const found = mistakes((stack) => {
      const address = new lib.TerraformVariable(stack, "late", { type: "string" }).stringValue;
      const instances = [{ address, port: 1, node: "n" }];
      const services = [{ name: "far", instances, plaintext: true }];
      new lib.TerminatingGateway(stack, "a", { ...GATEWAY, services, policies });
    });
    expect(found).toEqual([]);
  });

  test("what is no policy", () => {
    const found = mistakes((stack) => {
      new lib.TerminatingGateway(stack, "a", { ...GATEWAY, policies: ["requireTls"] as never });
      new lib.TerminatingGateway(stack, "b", { name: "b", datacenter: "dc1", policies: near as never });
    });
    expect(found.map((line) => line.split(",")[0])).toEqual(["policies[0]: got a string", "policies: got no list"]);
  });
});

describe("pulumi", () => {
  const failuresOf = async (program: () => unknown): Promise<string> =>
    (await runProgram(false, program)).failures.join();

  test("declared services", async () => {
    const declare = () => new viaPulumi.TerminatingGateway("a", { ...GATEWAY, services: [FAR] }, { policies });
    expect(await failuresOf(declare)).toContain(REFUSED);
    expect(
      await failuresOf(() => new viaPulumi.TerminatingGateway("a", { ...GATEWAY, services: [NEAR] }, { policies })),
    ).toBe("");
  });

  test("linked services", async () => {
    const declare = () => {
      const far = new viaPulumi.ExternalService("far", FAR);
      new viaPulumi.TerminatingGateway("a", GATEWAY, { policies }).link(far);
    };
    expect(await failuresOf(declare)).toContain(REFUSED);
  });

  test.each([
    ["10.0.0.9", ""],
    ["192.0.2.1", REFUSED],
  ])("a late address is judged when it is known: %s", async (address, refused) => {
    const declare = () => {
      const instances = [{ address: new Unborn("late", address).value, port: 1, node: "n" }];
      const services = [{ name: "far", instances, plaintext: true }];
      new viaPulumi.TerminatingGateway("a", { ...GATEWAY, services }, { policies });
    };
    const failures = await failuresOf(declare);
    if (refused === "") expect(failures).toBe("");
    else expect(failures).toContain(refused);
  });
});

// Several datacenters in one program: what belongs to one is not taken for another's. A provider's datacenter is known late.

import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { ExternalService, TerminatingGateway } from "../../../src/constructs/pulumi";
import { runProgram } from "./program";

const PLAIN = { name: "billing", address: "10.0.0.9", port: 443, plaintext: true } as const;
const providerOf = (datacenter: string) => new consul.Provider(datacenter, { datacenter });

describe.each([
  ["a preview", true],
  ["an update", false],
])("in %s", (_what, preview) => {
  const failuresOf = async (declare: () => unknown): Promise<readonly string[]> =>
    (await runProgram(preview, async () => void (await declare()))).failures;

  test("a gateway in each datacenter, under a name of its own, with services of its own", async () => {
    const declare = () => {
      for (const datacenter of ["dc1", "dc2"]) {
        const provider = providerOf(datacenter);
        const ftp = { ...PLAIN, name: `ftp-${datacenter}` };
        const service = new ExternalService(ftp.name, ftp, { provider });
        const name = `egress-${datacenter}`;
        new TerminatingGateway(name, { name, datacenter }, { provider }).link(service);
      }
    };
    expect(await failuresOf(declare)).toEqual([]);
  });

  test("a linked service of another datacenter", async () => {
    const declare = () => {
      const service = new ExternalService("svc", PLAIN, { provider: providerOf("dc2") });
      const provider = providerOf("dc1");
      new TerminatingGateway("gw", { name: "egress", datacenter: "dc1" }, { provider }).link(service);
    };
    expect((await failuresOf(declare)).join("\n")).toContain(
      'TerminatingGateway "gw" cannot be deployed:\n  link("billing"): got a service of datacenter "dc2", allowed "dc1"; services are local to their datacenter: link it to a gateway there, with a name of its own',
    );
  });

  test("a gateway whose provider writes elsewhere", async () => {
    const declare = () => {
      new TerminatingGateway("gw", { name: "egress", datacenter: "dc2" }, { provider: providerOf("dc1") });
    };
    expect((await failuresOf(declare)).join("\n")).toContain(
      'datacenter: got "dc2", allowed "dc1", as its Consul provider has',
    );
  });

  test("a stack whose configuration says another datacenter", async () => {
    pulumi.runtime.setConfig("consul:datacenter", "dc1");
    try {
      const declare = () => void new TerminatingGateway("gw", { name: "egress", datacenter: "dc2" });
      expect((await failuresOf(declare)).join("\n")).toContain('datacenter: got "dc2", allowed "dc1"');
    } finally {
      pulumi.runtime.setAllConfig({});
    }
  });

  test("one name for the gateways of two datacenters, and for a service of both", async () => {
    const declare = () => {
      for (const datacenter of ["dc1", "dc2"]) {
        const args = { name: "egress", datacenter, services: [PLAIN] };
        new TerminatingGateway(`gw-${datacenter}`, args, { provider: providerOf(datacenter) });
      }
    };
    const text = (await failuresOf(declare)).join("\n");
    for (const name of ['terminating-gateway "egress"', 'service-defaults "billing"', 'acl-role "egress-']) {
      expect(text).toContain(`name: got the ${name}`);
    }
    expect(text).not.toContain("node-egress");
    expect(text).toContain('name each after its datacenter, as with "-dc2" at the end');
  });
});

// Several datacenters in one program: what belongs to one is not taken for another's. A provider's datacenter is known late.

import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { ExternalNode, ExternalService, TerminatingGateway } from "../../../src/constructs/pulumi";
import { runProgram } from "./program";

const PLAIN = { name: "billing", address: "10.0.0.9", port: 443, plaintext: true } as const;
const providerOf = (datacenter: string) => new consul.Provider(datacenter, { datacenter });

describe.each([
  ["a preview", true],
  ["an update", false],
])("in %s", (_what, preview) => {
  const failuresOf = async (declare: () => unknown): Promise<readonly string[]> =>
    (await runProgram(preview, async () => void (await declare()))).failures;
  /** Names of what was made in Consul by a program that fails. */
  const madeBy = async (declare: () => unknown): Promise<readonly string[]> => {
    const { resources, failures } = await runProgram(preview, () => void declare());
    expect(failures).toHaveLength(1);
    return resources.flatMap(({ type, name }) => (type.startsWith("consul:") ? [name] : []));
  };

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

  test("of a gateway whose provider writes elsewhere nothing is made, not even without a preview", async () => {
    const declare = () =>
      new TerminatingGateway(
        "gw",
        { name: "egress", datacenter: "dc2", services: [PLAIN] },
        { provider: providerOf("dc1") },
      );
    expect(await madeBy(declare)).toEqual([]);
  });

  test("a service on a node of another datacenter is not made", async () => {
    const declare = () => {
      const node = new ExternalNode("host", { address: "10.0.0.9" }, { provider: providerOf("dc2") });
      const service = { name: "billing", node, port: 443 };
      new ExternalService("svc", service, { provider: providerOf("dc1") }).linked();
    };
    expect((await failuresOf(declare)).join("\n")).toContain(
      'ExternalService "svc" cannot be deployed:\n  node: got a node of datacenter "dc2", allowed "dc1"; a service is registered on a node of its own datacenter: give both the same provider',
    );
    expect(await madeBy(declare)).toEqual(["host-node-host-external"]);
  });

  test("a service on a node of its datacenter, and on one whose datacenter nobody says", async () => {
    const declare = () => {
      const provider = providerOf("dc1");
      const own = new ExternalNode("host", { address: "10.0.0.9" }, { provider });
      const any = new ExternalNode("any", { address: "10.0.0.10" });
      new ExternalService("a", { name: "a", node: own, port: 443 }, { provider });
      new ExternalService("b", { name: "b", node: any, port: 443 }, { provider });
    };
    expect(await failuresOf(declare)).toEqual([]);
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

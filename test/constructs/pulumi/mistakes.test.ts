// Mistakes: all of a component at once, when it is constructed, and nothing is registered for it.

import * as consul from "@pulumi/consul";
import {
  ExternalNode,
  type ExternalNodeArgs,
  ExternalService,
  type ExternalServiceArgs,
  GatewayProcess,
  type LauncherArgs,
  TerminatingGateway,
  type TerminatingGatewayArgs,
} from "../../../src/constructs/pulumi";
import { runProgram } from "./program";

const GATEWAY = { name: "egress", datacenter: "dc1" };
const PLAIN = { name: "billing", address: "10.0.0.9", port: 1, plaintext: true };

/** Paths of the mistakes in the only error of a program. */
async function paths(declare: () => unknown): Promise<readonly string[]> {
  const { failures } = await runProgram(false, () => void declare());
  expect(failures).toHaveLength(1);
  const [, ...lines] = `${failures[0]}`.split("\n");
  return lines.map((line) => line.slice(2, line.indexOf(": got")));
}

test("of a gateway, all at once, and nothing is registered", async () => {
  const { failures, resources } = await runProgram(false, () => {
    new TerminatingGateway("gw", {
      ...GATEWAY,
      datacentre: "dc1",
      services: [{ name: "a", address: "10.0.0.9", port: 70_000 }],
    } as TerminatingGatewayArgs);
  });
  expect(failures).toHaveLength(1);
  const [first, ...lines] = `${failures[0]}`.split("\n");
  expect(first).toBe('TerminatingGateway "gw" cannot be deployed:');
  expect(lines).toEqual([
    expect.stringContaining("  datacentre: got an unknown name, "),
    expect.stringContaining("  services[0].port: got 70000, "),
    expect.stringContaining("  services[0]: got neither, "),
  ]);
  expect(resources).toEqual([]);
});

test.each<readonly [string, unknown]>([
  ["nothing", undefined],
  ["no fields", {}],
  ["services that are no list", { ...GATEWAY, services: "billing" }],
  ["a service that is nothing", { ...GATEWAY, services: [undefined] }],
  ["a name that is a number", { ...GATEWAY, name: 7 }],
])("a gateway of %s", async (_what, args) => {
  expect(await paths(() => new TerminatingGateway("gw", args as TerminatingGatewayArgs))).not.toEqual([]);
});

test.each<readonly [string, Partial<ExternalServiceArgs>, readonly string[]]>([
  ["name and port", { name: "Billing", port: 0 }, ["name", "port"]],
  ["both places", { instances: [{ address: "10.0.0.9", port: 1 }] }, ["service"]],
  ["a wildcard source", { allowFrom: ["*"] }, ["allowFrom[0]"]],
])("of a service: %s", async (_what, change, expected) => {
  expect(await paths(() => new ExternalService("svc", { ...PLAIN, ...change }))).toEqual(expected);
});

test("of a service on a node: the paths are those of its own arguments", async () => {
  const declare = () => {
    const node = new ExternalNode("host", { address: "10.0.0.9" });
    new ExternalService("svc", { ...PLAIN, node, port: 0 });
  };
  expect(await paths(declare)).toEqual(["address", "port"]);
});

test("of allowFrom(), where it is called", async () => {
  expect(await paths(() => new ExternalService("svc", PLAIN).allowFrom("web", "*"))).toEqual(["allowFrom[1]"]);
  expect(await paths(() => new ExternalService("svc", PLAIN).allowFrom("web").allowFrom("web"))).toEqual([
    "allowFrom[1]",
  ]);
});

test.each<readonly [string, unknown, readonly string[]]>([
  ["address", { address: "http://x" }, ["address"]],
  ["name", { address: "10.0.0.9", name: "a b" }, ["name"]],
  ["misspelt", { adress: "10.0.0.9" }, ["adress", "address"]],
])("of a node: %s", async (_what, args, expected) => {
  expect(await paths(() => new ExternalNode("host", args as ExternalNodeArgs))).toEqual(expected);
});

test("of a linked service's link: the path says which", async () => {
  const declare = () => {
    const service = new ExternalService("svc", { name: "billing", address: "10.0.0.9", port: 1 });
    new TerminatingGateway("gw", { ...GATEWAY, services: [{ ...PLAIN, name: "a" }] }).link(service, {
      certFile: "/client.pem",
    });
  };
  expect(await paths(declare)).toEqual(['link("billing").tls.keyFile', 'link("billing").tls.caFile']);
});

test("a service linked twice", async () => {
  const declare = () => {
    const service = new ExternalService("svc", PLAIN);
    new TerminatingGateway("gw", GATEWAY).link(service).link(service);
  };
  expect(await paths(declare)).toContain('link("billing").name');
});

test("a linked service of another partition", async () => {
  const declare = () => {
    const service = new ExternalService("svc", { ...PLAIN, partition: "west" });
    new TerminatingGateway("gw", { ...GATEWAY, partition: "east" }).link(service);
  };
  expect(await paths(declare)).toEqual(['link("billing")']);
});

describe("two owners of one name in Consul", () => {
  test("a node", async () => {
    const { failures } = await runProgram(false, () => {
      new ExternalNode("one", { name: "host", address: "10.0.0.9" });
      new ExternalNode("two", { name: "host", address: "10.0.0.9" });
    });
    expect(failures).toEqual([
      'ExternalNode "two" cannot be deployed:\n  name: got the node "host" of ExternalNode "one", allowed a name of its own; two owners overwrite each other: declare it once and pass it on, or rename one of them',
    ]);
  });

  test("a service that is declared and linked elsewhere", async () => {
    const { failures } = await runProgram(false, () => {
      new ExternalService("svc", { ...PLAIN, address: "10.0.0.8" });
      new TerminatingGateway("gw", { ...GATEWAY, services: [PLAIN] });
    });
    expect(failures.join("\n")).toContain('got the service-defaults "billing" of ExternalService "svc"');
  });

  test("two gateways of one name", async () => {
    const { failures } = await runProgram(false, () => {
      new TerminatingGateway("one", GATEWAY);
      new TerminatingGateway("two", { ...GATEWAY, acl: { enabled: false } });
    });
    expect(failures.join("\n")).toContain('got the terminating-gateway "egress" of TerminatingGateway "one"');
  });

  test("are none where the providers differ: they may be two Consuls", async () => {
    const { failures } = await runProgram(false, () => {
      for (const site of ["north", "south"]) {
        const provider = new consul.Provider(site, { address: `consul.${site}.example.com:8500`, datacenter: "dc1" });
        new TerminatingGateway(`egress-${site}`, GATEWAY, { provider });
      }
    });
    expect(failures).toEqual([]);
  });
});

test.each<readonly [string, unknown, readonly string[]]>([
  ["no kind", {}, ["launcher.kind"]],
  ["an unknown kind", { kind: "docker" }, ["launcher.kind"]],
  ["nothing for localExec", { kind: "localExec" }, ["launcher.localExec"]],
  ["no directory", { kind: "localExec", localExec: {} }, ["launcher.localExec.directory"]],
  ["a misspelt option", { kind: "systemd", systemd: { usr: "a" } }, ["launcher.systemd.usr"]],
  ["a relative directory", { kind: "localExec", localExec: { directory: "run" } }, ["launcher.localExec.directory"]],
  ["no program", { kind: "localExec", localExec: { directory: "/run", command: [] } }, ["launcher.localExec.command"]],
  ["a bare program", { kind: "systemd", systemd: { command: ["consul-tgw"] } }, ["launcher.systemd.command[0]"]],
  ["two lines", { kind: "systemd", systemd: { user: "a\nExecStartPre=/bin/x" } }, ["launcher.systemd.user"]],
  ["seconds", { kind: "systemd", systemd: { stopSeconds: -1 } }, ["launcher.systemd.stopSeconds"]],
  ["a host that is none", { kind: "ssh", ssh: { host: "-oProxyCommand=x" } }, ["launcher.ssh.host"]],
  ["no host", { kind: "ssh", ssh: {} }, ["launcher.ssh.host"]],
  [
    "checking that is off",
    { kind: "ssh", ssh: { host: "a", hostKeyChecking: "no" } },
    ["launcher.ssh.hostKeyChecking"],
  ],
  ["bytes", { kind: "cloudInit", cloudInit: { maxBytes: 1 } }, ["launcher.cloudInit.maxBytes"]],
  ["another kind's", { kind: "none", systemd: {} }, ["launcher.systemd"]],
])("of a launcher: %s", async (_what, launcher, expected) => {
  const declare = () => {
    const gateway = new TerminatingGateway("gw", GATEWAY);
    new GatewayProcess("process", { gateway, launcher: launcher as LauncherArgs });
  };
  expect(await paths(declare)).toEqual(expected);
});

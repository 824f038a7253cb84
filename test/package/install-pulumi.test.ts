// The published package in an empty Pulumi project: it registers its resources from CommonJS and from ESM, and its types check.
import { rmSync } from "node:fs";
import { install, runProgram, typeErrors } from "./installed";
import { type Packed, pack } from "./packed";

/** Under mocks: no engine, no CLI; prints the types of the resources that were registered. */
const MOCKS = `
const types = [];
await pulumi.runtime.setMocks({
  newResource: (args) => { types.push(args.type); return { id: args.name + "-id", state: args.inputs }; },
  call: (args) => args.inputs,
});
`;
const DECLARATION = `
const gateway = new TerminatingGateway("egress", {
  name: "egress",
  datacenter: "dc1",
  services: [{ name: "billing", address: "10.0.0.9", port: 443, protocol: "http",
    tls: { caFile: "/etc/egress/ca.pem", sni: "billing.example.com" }, allowFrom: ["web"] }],
});
`;
const PRINT = `
await new Promise((resolve) => gateway.manifest.apply(resolve));
await pulumi.runtime.disconnect();
console.log(JSON.stringify(types.filter((type) => type.startsWith("consul:")).sort()));
`;
const EXPECTED = [
  "consul:index/aclPolicy:AclPolicy",
  "consul:index/aclRole:AclRole",
  "consul:index/aclToken:AclToken",
  "consul:index/configEntry:ConfigEntry",
  "consul:index/configEntry:ConfigEntry",
  "consul:index/configEntry:ConfigEntry",
  "consul:index/node:Node",
  "consul:index/service:Service",
];

let packed: Packed;
let dir: string;
beforeAll(() => {
  packed = pack();
  dir = install(packed, "pulumi-user", ["@pulumi/pulumi", "@pulumi/consul"]);
}, 300_000);
afterAll(() => rmSync(packed.dir, { recursive: true, force: true }));

test("from CommonJS", () => {
  const head = `const pulumi = require("@pulumi/pulumi");
const { TerminatingGateway } = require("consul-terminating-gateway/pulumi");`;
  const output = runProgram(dir, "main.cjs", `${head}(async () => {${MOCKS}${DECLARATION}${PRINT}})();`);
  expect(JSON.parse(output)).toEqual(EXPECTED);
}, 60_000);

test("from ESM", () => {
  const head = `import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway } from "consul-terminating-gateway/pulumi";`;
  const output = runProgram(dir, "main.mjs", `${head}${MOCKS}${DECLARATION}${PRINT}`);
  expect(JSON.parse(output)).toEqual(EXPECTED);
}, 60_000);

test.each(["node10", "node16"] as const)(
  "types check under %s resolution",
  (resolution) => {
    const head = 'import { TerminatingGateway } from "consul-terminating-gateway/pulumi";';
    const text = `${head}${DECLARATION}export const manifest = gateway.manifest;`;
    expect(typeErrors(dir, text, resolution)).toEqual([]);
    expect(typeErrors(dir, text.replace("port: 443", 'port: "443"'), resolution)).toEqual([
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
  },
  60_000,
);

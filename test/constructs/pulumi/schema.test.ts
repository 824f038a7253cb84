// What programs in Python, Go, .NET, Java and YAML see: Pulumi's own analyzer over pulumi-plugin, and its components built from
// arguments as they arrive from another language.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import ts from "typescript";
import { TerminatingGateway as Own } from "../../../src/constructs/pulumi";
import { type Run, runProgram } from "./program";
import { known } from "./values";

jest.mock("consul-terminating-gateway/pulumi", () => jest.requireActual("../../../src/constructs/pulumi"), {
  virtual: true,
});

const ROOT = join(__dirname, "..", "..", "..");
const PLUGIN = join(ROOT, "pulumi-plugin");
const NAME = "consul-tgw";

type Components = ConstructorParameters<typeof ComponentProvider>[0]["components"];
const components: Components = Object.values(require("../../../pulumi-plugin/index"));
const provider = new ComponentProvider({ name: NAME, dirname: PLUGIN, components });

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly plain?: boolean;
}
type Properties = Readonly<Record<string, Property>>;
interface Schema {
  readonly resources: Readonly<Record<string, ResourceSchema>>;
  readonly types: Readonly<Record<string, TypeSchema>>;
}
interface ResourceSchema {
  readonly inputProperties: Properties;
  readonly requiredInputs: readonly string[];
  readonly properties: Properties;
}
interface TypeSchema {
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly value: string }[];
}

let schema: Schema;
beforeAll(async () => {
  schema = JSON.parse(await provider.getSchema());
}, 60_000);

const typeOf = (name: string): TypeSchema => schema.types[`${NAME}:index:${name}`] ?? {};
const resource = (name: string): ResourceSchema | undefined => schema.resources[`${NAME}:index:${name}`];

test("every component is in the schema", () => {
  expect(Object.keys(schema.resources).sort()).toEqual([
    "consul-tgw:index:ExternalService",
    "consul-tgw:index:TerminatingGateway",
  ]);
  expect(resource("TerminatingGateway")?.requiredInputs).toEqual(["datacenter", "name"]);
  expect(resource("ExternalService")?.requiredInputs).toEqual(["name"]);
});

test("outputs have types, and nothing private is among them", () => {
  const outputs = (name: string) =>
    Object.entries(resource(name)?.properties ?? {}).map(([key, { type }]) => `${key}: ${type}`);
  expect(outputs("TerminatingGateway").sort()).toEqual([
    "encryptedTokenSecret: string",
    "gatewayName: string",
    "manifest: string",
  ]);
  expect(outputs("ExternalService")).toEqual(["serviceName: string"]);
});

test.each([
  ["Protocol", ["tcp", "http", "http2", "grpc"]],
  ["IntentionAction", ["allow", "deny"]],
  ["OnRevoke", ["drain", "keep"]],
  ["DnsDiscoveryType", ["strict_dns", "logical_dns"]],
])("%s is an enum of the model's words", (name, values) => {
  expect(typeOf(name).enum?.map(({ value }) => value)).toEqual(values);
});

test("addresses, SNI, file paths and what only an auth method holds may be outputs, all else is plain", () => {
  const late = Object.entries(schema.types).flatMap(([name, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, { plain }]) => plain !== true)
      .map(([key]) => `${name.replace(`${NAME}:index:`, "")}.${key}`),
  );
  expect(late.sort()).toEqual([
    ...["AwsIamAuth.iamEndpoint", "AwsIamAuth.stsEndpoint"],
    "Instance.address",
    ...["JwtAuth.discoveryUrl", "JwtAuth.issuer", "JwtAuth.jwksUrl", "NomadAuth.jwksUrl"],
    "Service.address",
    "Tls.caFile",
    "Tls.certFile",
    "Tls.keyFile",
    "Tls.sni",
    "TokenExport.pgpKey",
  ]);
});

/** Names of the props that an interface of the model declares. */
function propsOf(name: string): readonly string[] {
  const text = ["props.ts", "acl-props.ts", "auth-props.ts", "proxy-config/props.ts"]
    .map((file) => readFileSync(join(ROOT, "src", "model", file), "utf8"))
    .join("\n");
  const source = ts.createSourceFile("props.ts", text, ts.ScriptTarget.ES2022);
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name);
  return (found?.members ?? []).map((each) => (each.name && ts.isIdentifier(each.name) ? each.name.text : "")).sort();
}

describe("every prop of the model is an argument", () => {
  test.each([
    ...["Bind", "BindAddress", "ProxyConfig", "Acl", "TokenExport", "Service", "Instance", "Tls"],
    ...["Auth", "AuthMethod", "JwtAuth", "KubernetesAuth", "NomadAuth", "AwsIamAuth"],
    ...["Intention", "Permission", "Header", "Limits", "Timeouts"],
  ])("%sProps", (name) => {
    expect(Object.keys(typeOf(name).properties ?? {}).sort()).toEqual(propsOf(`${name}Props`));
  });

  test("GatewayProps, and the services that others register", () => {
    const names = Object.keys(resource("TerminatingGateway")?.inputProperties ?? {});
    expect(names.sort()).toEqual([...propsOf("GatewayProps"), "linkedServices"].sort());
  });
});

test("the plugin's arguments are the constructs' by the compiler", () => {
  const { config } = ts.readConfigFile(join(PLUGIN, "tsconfig.json"), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, PLUGIN);
  const paths = { "consul-terminating-gateway/pulumi": [join(ROOT, "src/constructs/pulumi/index.ts")] };
  const program = ts.createProgram(fileNames, { ...options, paths, types: ["node"], resolveJsonModule: true });
  expect(fileNames.length).toBeGreaterThan(0);
  const messages = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line =
      file === undefined ? "" : `${file.fileName}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1}`;
    return `${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(messages).toEqual([]);
}, 60_000);

const SERVICE = {
  name: "billing",
  address: "10.0.0.9",
  port: 443,
  protocol: "http",
  tls: { caFile: "/ca.pem" },
  allowFrom: ["web"],
} as const;
const GATEWAY = { name: "egress", datacenter: "dc1" };

const construct = (type: string, name: string, inputs: object) =>
  provider.construct(name, `${NAME}:index:${type}`, inputs, {});

/** What Consul gets. */
const consul = ({ resources }: Run<unknown>): readonly string[] =>
  resources
    .filter(({ type }) => type.startsWith("consul:"))
    .map(({ type, name, inputs }) => `${type} ${name} ${JSON.stringify(inputs)}`);

test("another language's declaration makes the same resources and the same manifest", async () => {
  const own = await runProgram(false, () => {
    const { manifest } = new Own("egress", { ...GATEWAY, services: [SERVICE] });
    return known(manifest);
  });
  const foreign = await runProgram(false, async () => {
    const { state } = await construct("TerminatingGateway", "egress", { ...GATEWAY, services: [SERVICE] });
    return known((state as { manifest: Own["manifest"] }).manifest);
  });
  expect(foreign.failures).toEqual([]);
  expect(consul(foreign)).toHaveLength(8);
  expect(consul(foreign)).toEqual(consul(own));
  expect(foreign.result).toEqual(own.result);
  expect(String(foreign.result)).toContain('"billing"');
});

test("a service of its own is linked by its attributes", async () => {
  const run = await runProgram(false, async () => {
    await construct("ExternalService", "billing", SERVICE);
    await construct("TerminatingGateway", "egress", { ...GATEWAY, linkedServices: [SERVICE] });
  });
  expect(run.failures).toEqual([]);
  expect(run.resources.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["billing-service-billing", "egress-gateway"]),
  );
  expect(run.resources.map(({ name }) => name)).not.toContain("egress-service-billing");
});

test("a mistake is told with the names of the arguments", async () => {
  const { failures } = await runProgram(false, () =>
    construct("TerminatingGateway", "egress", { ...GATEWAY, services: [{ ...SERVICE, protocol: "htp" }] }),
  );
  expect(failures.join("\n")).toContain("services[0].protocol");
});

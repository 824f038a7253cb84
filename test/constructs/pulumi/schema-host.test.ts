// pulumi-plugin started and asked for its schema, as `pulumi package add` does.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { type PulumiPlugin, startPulumiPlugin } from "../../support/iac/pulumi-plugin";

const ROOT = join(__dirname, "..", "..", "..");
// The generated client takes credentials of its own copy alone.
const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
  readonly ResourceProviderClient: new (address: string, credentials: object) => Client;
};

interface Client {
  getSchema(
    request: messages.GetSchemaRequest,
    reply: (error: Error | null, answer: messages.GetSchemaResponse) => void,
  ): void;
  close(): void;
}

let plugin: PulumiPlugin;
beforeAll(async () => {
  plugin = await startPulumiPlugin();
}, 60_000);
afterAll(() => plugin?.stop());

test("it compiles, starts and tells its components", async () => {
  const client = new ResourceProviderClient(`127.0.0.1:${plugin.port}`, grpc.credentials.createInsecure());
  const schema = await new Promise<string>((resolve, reject) => {
    client.getSchema(new messages.GetSchemaRequest(), (error, answer) =>
      error === null ? resolve(answer.getSchema()) : reject(error),
    );
  });
  client.close();
  const { name, version, resources } = JSON.parse(schema);
  const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect([name, version]).toEqual(["consul-tgw", own.version]);
  expect(Object.keys(resources).sort()).toEqual([
    "consul-tgw:index:ExternalService",
    "consul-tgw:index:TerminatingGateway",
  ]);
}, 60_000);

test("Pulumi is told to start it with Node", () => {
  expect(readFileSync(join(ROOT, "pulumi-plugin", "PulumiPlugin.yaml"), "utf8")).toMatch(/^runtime: nodejs$/m);
});

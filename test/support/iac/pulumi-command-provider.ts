// A provider for the real Pulumi engine that is attached by PULUMI_DEBUG_PROVIDERS: `local.Command` of @pulumi/command as far
// as a launcher uses it. It really runs the commands. The real plugin comes from no package registry.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import type { ServiceDefinition } from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { serve } from "./grpc-server";
import type { PulumiProvider } from "./pulumi-provider";

// The very copies that Pulumi's own messages are made with.
const fromPulumi = createRequire(require.resolve("@pulumi/pulumi"));
const empties = fromPulumi("google-protobuf/google/protobuf/empty_pb.js") as { Empty: typeof Empty };
const services = require("@pulumi/pulumi/proto/provider_grpc_pb") as { ResourceProviderService: ServiceDefinition };

/** Type token of the resource. */
export const COMMAND = "command:local:Command";

interface Inputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly interpreter?: readonly string[];
  readonly stdin?: string;
  readonly triggers?: readonly unknown[];
}

export async function startPulumiCommandProvider(): Promise<PulumiProvider> {
  const { port, stop } = await serve(services.ResourceProviderService, METHODS);
  return { debug: `command:${port}`, stop };
}

const inputsOf = (message: Struct | undefined): Inputs => (message?.toJavaScript() ?? {}) as Inputs;
const checked = (request: provider.CheckRequest): provider.CheckResponse =>
  new provider.CheckResponse().setInputs(request.getNews());
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const METHODS = {
  handshake: () => new provider.ProviderHandshakeResponse().setAcceptSecrets(false),
  getPluginInfo: () => new plugin.PluginInfo().setVersion("1.2.1"),
  getSchema: () => new provider.GetSchemaResponse().setSchema('{"name":"command","version":"1.2.1"}'),
  attach: () => new empties.Empty(),
  cancel: () => new empties.Empty(),
  checkConfig: checked,
  diffConfig: () => new provider.DiffResponse(),
  configure: () => new provider.ConfigureResponse().setSupportspreview(true),
  check: checked,
  /** As the real one: only triggers replace; any other change runs `update`. */
  diff(request: provider.DiffRequest) {
    const [prior, wanted] = [inputsOf(request.getOlds()), inputsOf(request.getNews())];
    const names = [...new Set([...Object.keys(prior), ...Object.keys(wanted)])] as (keyof Inputs)[];
    const changed = names.filter((name) => !isSame(prior[name], wanted[name]));
    const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
    return new provider.DiffResponse()
      .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(changed)
      .setReplacesList(changed.filter((name) => name === "triggers"));
  },
  create(request: provider.CreateRequest) {
    const inputs = inputsOf(request.getProperties());
    if (!request.getPreview()) run(inputs, inputs.create);
    const response = new provider.CreateResponse().setProperties(request.getProperties());
    return request.getPreview() ? response : response.setId("command");
  },
  read: (request: provider.ReadRequest) =>
    new provider.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  update(request: provider.UpdateRequest) {
    const inputs = inputsOf(request.getNews());
    if (!request.getPreview()) run(inputs, inputs.update);
    return new provider.UpdateResponse().setProperties(request.getNews());
  },
  delete(request: provider.DeleteRequest) {
    const inputs = inputsOf(request.getProperties());
    run(inputs, inputs.delete);
    return new empties.Empty();
  },
};

/** Its output goes nowhere: a process that it leaves behind must not hold a pipe of ours open. */
function run({ environment, interpreter = ["/bin/sh", "-c"], stdin = "" }: Inputs, command: string | undefined): void {
  if (command === undefined) return;
  const [shell = "", ...flags] = interpreter;
  const { status } = spawnSync(shell, [...flags, command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    input: stdin,
    stdio: ["pipe", "ignore", "ignore"],
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`the command ended with code ${status}`);
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

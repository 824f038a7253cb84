// A provider for the real Pulumi engine that is attached by PULUMI_DEBUG_PROVIDERS: the bridged consul provider as far as the
// constructs use it. It really writes to Consul, in this process, on a loopback port that the system chooses.

import { createRequire } from "node:module";
import type { ServiceDefinition } from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type ConsulAccess, type ConsulClient, makeConsulClient } from "./consul-client";
import { serve } from "./grpc-server";
import { OPERATIONS } from "./operations";
import { planChange, shape, stateAfterWrite } from "./plan-change";
import { propertyName, toAttributes, toProperties, typeOfUrn } from "./pulumi-names";
import { RESOURCES } from "./schema";
import { readTokenSecret } from "./token-secret";
import { type Attributes, isEmpty, textOf } from "./values";

// The very copies that Pulumi's own messages are made with: they look at the class of what they are given.
const fromPulumi = createRequire(require.resolve("@pulumi/pulumi"));
const structs = fromPulumi("google-protobuf/google/protobuf/struct_pb.js") as { Struct: typeof Struct };
const empties = fromPulumi("google-protobuf/google/protobuf/empty_pb.js") as { Empty: typeof Empty };
const services = require("@pulumi/pulumi/proto/provider_grpc_pb") as { ResourceProviderService: ServiceDefinition };

export interface PulumiProvider {
  /** For the environment of the engine: PULUMI_DEBUG_PROVIDERS. */
  readonly debug: string;
  stop(): void;
}

/** `environment` is what the real provider takes from CONSUL_HTTP_ADDR and CONSUL_HTTP_TOKEN. */
export async function startPulumiProvider(environment: Omit<ConsulAccess, "datacenter">): Promise<PulumiProvider> {
  const { port, stop } = await serve(services.ResourceProviderService, methods(environment));
  return { debug: `consul:${port}`, stop };
}

const propertiesOf = (message: Struct | undefined): unknown => message?.toJavaScript() ?? {};
const attributesOf = (message: Struct | undefined): Attributes => toAttributes(propertiesOf(message));
const structOf = (value: object): Struct => structs.Struct.fromJavaScript(value as Record<string, JavaScriptValue>);

function methods(environment: Omit<ConsulAccess, "datacenter">) {
  let client: ConsulClient = makeConsulClient({ ...environment, datacenter: "" });
  const checked = (request: provider.CheckRequest): provider.CheckResponse =>
    new provider.CheckResponse().setInputs(request.getNews());
  return {
    handshake: () => new provider.ProviderHandshakeResponse().setAcceptSecrets(true),
    getPluginInfo: () => new plugin.PluginInfo().setVersion("3.15.1"),
    getSchema: () => new provider.GetSchemaResponse().setSchema('{"name":"consul","version":"3.15.1"}'),
    attach: () => new empties.Empty(),
    cancel: () => new empties.Empty(),
    checkConfig: checked,
    diffConfig: () => new provider.DiffResponse(),
    configure(request: provider.ConfigureRequest) {
      const { address, token, datacenter } = attributesOf(request.getArgs());
      client = makeConsulClient({
        address: textOf(address) || environment.address,
        token: textOf(token) || environment.token,
        datacenter: textOf(datacenter),
      });
      return new provider.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    },
    check: checked,
    diff(request: provider.DiffRequest) {
      const prior = attributesOf(request.getOlds());
      const { changed, replaces } = planChange(typeOfUrn(request.getUrn()), prior, attributesOf(request.getNews()));
      const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
      return (
        new provider.DiffResponse()
          .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
          .setDiffsList(changed.map(propertyName))
          .setReplacesList(replaces.map(propertyName))
          // As bridged providers do: names are given, so old and new cannot exist side by side.
          .setDeletebeforereplace(replaces.length > 0)
      );
    },
    async create(request: provider.CreateRequest) {
      const type = typeOfUrn(request.getUrn());
      const { planned } = planChange(type, null, attributesOf(request.getProperties()));
      if (request.getPreview()) return new provider.CreateResponse().setProperties(structOf(toProperties(planned)));
      const wanted = known(planned);
      const state = stateAfterWrite(RESOURCES[type], wanted, await OPERATIONS[type].write(client, wanted, null));
      return new provider.CreateResponse().setId(textOf(state.id)).setProperties(structOf(toProperties(state)));
    },
    async read(request: provider.ReadRequest) {
      const type = typeOfUrn(request.getUrn());
      const id = request.getId();
      const had = attributesOf(request.getProperties());
      const isImport = Object.keys(had).length === 0;
      const start = isImport ? { id, ...OPERATIONS[type].fromImportId(id) } : { ...had, id };
      const read = await OPERATIONS[type].read(client, start);
      if (read === undefined) return new provider.ReadResponse();
      const state = shape(RESOURCES[type], read);
      const inputs = Object.entries(state).filter(([, value]) => !isEmpty(value));
      return new provider.ReadResponse()
        .setId(textOf(state.id))
        .setProperties(structOf(toProperties(state)))
        .setInputs(isImport ? structOf(toProperties(Object.fromEntries(inputs))) : request.getInputs());
    },
    async update(request: provider.UpdateRequest) {
      const type = typeOfUrn(request.getUrn());
      const id = request.getId();
      const prior = { ...attributesOf(request.getOlds()), id };
      const { planned } = planChange(type, prior, attributesOf(request.getNews()));
      if (request.getPreview()) return new provider.UpdateResponse().setProperties(structOf(toProperties(planned)));
      const wanted = known(planned);
      const state = stateAfterWrite(RESOURCES[type], wanted, await OPERATIONS[type].write(client, wanted, prior));
      return new provider.UpdateResponse().setProperties(structOf(toProperties(state)));
    },
    /** A bridged provider does not mark its answer as a secret. */
    async invoke(request: provider.InvokeRequest) {
      const answer = await readTokenSecret(client, attributesOf(request.getArgs()));
      const properties = { id: textOf(answer.id), ...toProperties(answer) };
      return new provider.InvokeResponse().setReturn(structOf(properties));
    },
    async delete(request: provider.DeleteRequest) {
      const type = typeOfUrn(request.getUrn());
      await OPERATIONS[type].delete(client, { ...attributesOf(request.getProperties()), id: request.getId() });
      return new empties.Empty();
    },
  };
}

/** What is computed is not wanted, it is answered. */
function known(planned: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(planned).map(([name, value]) => [name, typeof value === "symbol" ? null : value]),
  );
}

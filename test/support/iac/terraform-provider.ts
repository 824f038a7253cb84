// A provider for real OpenTofu or Terraform that is attached by TF_REATTACH_PROVIDERS: hashicorp/consul as far as the
// constructs use it. It really writes to Consul, in this process, on a loopback port that the system chooses.

import { join } from "node:path";
import { loadPackageDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type ConsulAccess, type ConsulClient, makeConsulClient } from "./consul-client";
import { serve } from "./grpc-server";
import { pack, unpack } from "./msgpack";
import { OPERATIONS } from "./operations";
import { blocksOf, planChange, shape, stateAfterWrite } from "./plan-change";
import { isResourceType, PROVIDER, RESOURCES, type ResourceType, type Schema, TOKEN_SECRET } from "./schema";
import { readTokenSecret } from "./token-secret";
import { type Attributes, textOf, UNKNOWN, type Value } from "./values";

export interface TerraformProvider {
  /** For the environment of the engine: TF_REATTACH_PROVIDERS, under the names of both registries. */
  readonly reattach: string;
  stop(): void;
}

interface Dynamic {
  readonly msgpack: Buffer;
}
interface Request {
  readonly type_name: string;
  readonly id: string;
  readonly config: Dynamic;
  readonly prior_state: Dynamic;
  readonly current_state: Dynamic;
  readonly planned_state: Dynamic;
  readonly proposed_new_state: Dynamic;
  readonly raw_state: { readonly json: Buffer };
}
type Answer = Readonly<Record<string, unknown>>;

const NAMES = ["registry.terraform.io/hashicorp/consul", "registry.opentofu.org/hashicorp/consul"];

/** `environment` is what the real provider takes from CONSUL_HTTP_ADDR and CONSUL_HTTP_TOKEN. */
export async function startTerraformProvider(
  environment: Omit<ConsulAccess, "datacenter">,
): Promise<TerraformProvider> {
  const { port, stop } = await serve(protocol(), withDiagnostics(methods(environment)));
  const address = { Network: "tcp", String: `127.0.0.1:${port}` };
  const one = { Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address };
  return { reattach: JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, one]))), stop };
}

function protocol(): ServiceDefinition {
  const options = { keepCase: true, longs: Number, enums: String, defaults: true } as const;
  const loaded = loadPackageDefinition(loadSync(join(__dirname, "tfplugin5.proto"), options)) as unknown;
  return (loaded as { tfplugin5: { Provider: { service: ServiceDefinition } } }).tfplugin5.Provider.service;
}

/** Errors become diagnostics, as the engine shows those with the resource that they are about. */
function withDiagnostics(methods: Readonly<Record<string, (request: Request) => Answer | Promise<Answer>>>) {
  const guarded = Object.entries(methods).map(([name, answer]) => [
    name,
    async (request: Request): Promise<Answer> => {
      try {
        return await answer(request);
      } catch (error) {
        return { diagnostics: [{ severity: "ERROR", summary: messageOf(error) }] };
      }
    },
  ]);
  return Object.fromEntries(guarded);
}

/** Errors of the platform are no instances of the Error that jest gives a test file. */
const messageOf = (error: unknown): string => String((error as Partial<Error>).message ?? error);

const decoded = (dynamic: Dynamic): Attributes | null => unpack(dynamic.msgpack) as Attributes | null;
const dynamic = (value: Value): Dynamic => ({ msgpack: pack(value) });

function typeOf({ type_name: type }: Request): ResourceType {
  if (!isResourceType(type)) throw new Error(`no such resource type: ${type}`);
  return type;
}

function methods(environment: Omit<ConsulAccess, "datacenter">) {
  let client: ConsulClient = makeConsulClient({ ...environment, datacenter: "" });
  return {
    GetSchema: () => ({
      provider: schemaMessage(PROVIDER),
      resource_schemas: Object.fromEntries(
        Object.entries(RESOURCES).map(([type, each]) => [type, schemaMessage(each)]),
      ),
      data_source_schemas: { consul_acl_token_secret_id: schemaMessage(TOKEN_SECRET) },
    }),
    PrepareProviderConfig: ({ config }: Request) => ({ prepared_config: config }),
    ValidateResourceTypeConfig: () => ({}),
    UpgradeResourceState: (request: Request) => {
      const state = JSON.parse(request.raw_state.json.toString("utf8")) as Attributes;
      return { upgraded_state: dynamic(shape(RESOURCES[typeOf(request)], state)) };
    },
    Configure: ({ config }: Request) => {
      const { address, token, datacenter } = decoded(config) ?? {};
      client = makeConsulClient({
        address: textOf(address) || environment.address,
        token: textOf(token) || environment.token,
        datacenter: textOf(datacenter),
      });
      return {};
    },
    ReadResource: async (request: Request) => {
      const type = typeOf(request);
      const read = await OPERATIONS[type].read(client, decoded(request.current_state) ?? {});
      return { new_state: dynamic(read === undefined ? null : shape(RESOURCES[type], read)) };
    },
    PlanResourceChange: (request: Request) => {
      const wanted = decoded(request.config);
      if (decoded(request.proposed_new_state) === null || wanted === null) return { planned_state: dynamic(null) };
      const { planned, replaces } = planChange(typeOf(request), decoded(request.prior_state), wanted);
      return {
        planned_state: dynamic(planned),
        requires_replace: replaces.map((name) => ({ steps: [{ attribute_name: name }] })),
        // The provider is built on the older SDK, whose plans need not agree with the configuration to the letter.
        legacy_type_system: true,
      };
    },
    ApplyResourceChange: async (request: Request) => {
      const type = typeOf(request);
      const prior = decoded(request.prior_state);
      const planned = decoded(request.planned_state);
      if (planned === null) {
        await OPERATIONS[type].delete(client, prior ?? {});
        return { new_state: dynamic(null) };
      }
      const known = Object.entries(planned).map(([name, each]): [string, Value] => [
        name,
        each === UNKNOWN ? null : each,
      ]);
      const wanted = Object.fromEntries(known);
      const read = await OPERATIONS[type].write(client, wanted, prior);
      return { new_state: dynamic(stateAfterWrite(RESOURCES[type], wanted, read)), legacy_type_system: true };
    },
    ImportResourceState: (request: Request) => {
      const type = typeOf(request);
      const state = { id: request.id, ...OPERATIONS[type].fromImportId(request.id) };
      return { imported_resources: [{ type_name: type, state: dynamic(shape(RESOURCES[type], state)) }] };
    },
    ValidateDataSourceConfig: () => ({}),
    ReadDataSource: async ({ config }: Request) => ({
      state: dynamic(shape(TOKEN_SECRET, await readTokenSecret(client, decoded(config) ?? {}))),
    }),
    Stop: () => ({}),
  };
}

function schemaMessage(schema: Schema): Answer {
  return { version: 0, block: blockMessage(schema) };
}

function blockMessage(schema: Schema): Answer {
  const attributes = Object.entries(schema).flatMap(([name, each]) => {
    const { required, optional, computed, sensitive, type } = each;
    if (blocksOf(each) !== undefined) return [];
    return [{ name, type: Buffer.from(JSON.stringify(type)), required, optional, computed, sensitive }];
  });
  const blocks = Object.entries(schema).flatMap(([name, each]) => {
    const inner = blocksOf(each);
    return inner === undefined ? [] : [{ type_name: name, nesting: "SET", block: blockMessage(inner) }];
  });
  return { version: 0, attributes, block_types: blocks };
}

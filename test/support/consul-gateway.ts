// A gateway on a real Consul server, for traffic tests: ACLs on default deny, external services on loopback, the runtime in
// this process with a token of least privilege, a real Envoy. Everything is in a temporary directory and ends with stop().
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aclRules } from "../../src/model/acl";
import { formatIssue } from "../../src/model/issues";
import type { GatewayProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";
import { type Flags, parseConfig } from "../../src/runtime/config";
import type { Fields, Logger } from "../../src/runtime/ports";
import { type Runtime, startRuntime } from "../../src/runtime/run";
import { type Endings, startAll } from "../../tools/demo/endings";
import type { Caller, Dial } from "../../tools/demo/mesh-client";
import { startWorld, type World } from "../../tools/demo/world";
import { type ConsulServer, startConsulServer } from "./consul-server";

export interface ConsulGatewayOptions {
  readonly envoyPath: string;
  readonly consulPath: string;
  readonly old: boolean;
  /** More of the declaration that the token's rights are derived from. @default {} */
  readonly declared?: Partial<GatewayProps>;
  /** The gateway listens on +0, external services on +1 to +6, Consul on +10 to +14. */
  readonly portBase: number;
  /** Consul's servers, started and stopped by the caller; all calls go to the first. @default - one, started here */
  readonly servers?: readonly ConsulServer[];
  /** Those that the least token speaks for. @default ["a"] */
  readonly replicas?: readonly string[];
}

export interface ConsulStage {
  readonly dir: string;
  /** Holds the gateway's token. */
  readonly tokenFile: string;
  readonly world: World;
  readonly consul: ConsulServer;
  /** What aclRules() derives for the gateway that declare() declares, and nothing else. */
  readonly rules: string;
  /** Every log line of every gateway so far. */
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields: Fields }[];
  /** Registers billing (TLS), partner (mutual TLS) and banner (plain) on an agent-less node and links them to `egress`. */
  declare(): Promise<void>;
  /** As billing, partner and banner may be called by nobody at first. */
  intend(source: string, destination: string, action: "allow" | "deny"): Promise<void>;
  /** Deletes the gateway's token; a new one is not in its file yet. */
  revokeToken(): Promise<void>;
  /** Puts a new token of the same rights into the gateway's file. */
  renewToken(): Promise<void>;
  /**
   * Starts `egress` as `consul-tgw run` does, from flags, or as `xds` does; it has only its token, in a file, or the auth
   * method of the flags.
   */
  start(flags?: Flags, command?: "run" | "xds"): Promise<Runtime>;
  /** A mesh service with a leaf of Consul's CA. */
  caller(service: string): Promise<Caller>;
  to(service: string): Promise<Dial>;
  stop(): Promise<void>;
}

const NODE = "external-1";

/** The declaration that the least token is derived from. */
function declaration({ portBase, replicas = ["a"], declared }: ConsulGatewayOptions): GatewayProps {
  const instances = (port: number) => [{ address: "127.0.0.1", port: portBase + port, node: NODE }];
  const service = (name: string, port: number) => ({ name, instances: instances(port), plaintext: true as const });
  return {
    ...{ name: "egress", datacenter: "dc1", bind: { port: portBase }, acl: { replicas } },
    services: [service("billing", 1), service("partner", 2), service("banner", 3)],
    ...declared,
  };
}

function leastRules(options: ConsulGatewayOptions): string {
  const model = validate<string>(declaration(options), (leaf) => leaf);
  if (!model.ok) throw new Error(model.error.map(formatIssue).join("\n"));
  return aclRules(model.value);
}

export function startConsulStage(options: ConsulGatewayOptions): Promise<ConsulStage> {
  return startAll((endings) => start(options, endings));
}

async function start(options: ConsulGatewayOptions, endings: Endings): Promise<ConsulStage> {
  const { envoyPath, consulPath, old, portBase } = options;
  const dir = mkdtempSync(join(tmpdir(), "tgw-"));
  endings.add(() => rmSync(dir, { recursive: true, force: true }));
  const world = await startWorld(join(dir, "certs"), portBase);
  endings.add(world.stop);
  const own = async (): Promise<ConsulServer> => {
    const server = await startConsulServer({ binary: consulPath, old, portBase: portBase + 10 });
    endings.add(server.stop);
    return server;
  };
  const consul = options.servers?.[0] ?? (await own());
  const consulAddr = options.servers?.map(({ address }) => address) ?? [consul.address];
  const tokenFile = join(dir, "token");
  const rules = leastRules(options);
  const renewToken = async (): Promise<void> => {
    writeFileSync(tokenFile, await consul.makeToken(rules), { mode: 0o600 });
  };
  await renewToken();
  const lines: { level: string; message: string; fields: Fields }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}): void =>
      void lines.push({ level, message, fields });
  const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

  const register = (name: string, port: number) =>
    consul.call("PUT", "/v1/catalog/register", {
      ...{ Node: NODE, Address: "127.0.0.1", NodeMeta: { "external-node": "true" } },
      Service: { ID: name, Service: name, Address: "127.0.0.1", Port: portBase + port },
    });
  const trustDomain = async (): Promise<string> =>
    ((await consul.call("GET", "/v1/connect/ca/roots")) as { TrustDomain: string }).TrustDomain;

  return {
    ...{ dir, tokenFile, world, consul, rules, lines },
    async declare() {
      const caFile = join(world.dir, "ca.pem");
      const files = { CertFile: join(world.dir, "client.pem"), KeyFile: join(world.dir, "client-key.pem") };
      for (const [at, name] of ["billing", "partner", "banner"].entries()) await register(name, at + 1);
      await consul.call("PUT", "/v1/config", { Kind: "service-defaults", Name: "billing", Protocol: "http" });
      await consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: [
          { Name: "billing", CAFile: caFile, SNI: "billing.external.test" },
          { Name: "partner", CAFile: caFile, SNI: "partner.external.test", ...files },
          { Name: "banner" },
        ],
      });
    },
    async intend(source, destination, action) {
      const body = { SourceName: source, DestinationName: destination, Action: action };
      const exact = `/v1/connect/intentions/exact?source=${source}&destination=${destination}`;
      if (!old) return void (await consul.call("PUT", exact, { Action: action }));
      const all = (await consul.call("GET", "/v1/connect/intentions")) as (typeof body & { ID: string })[];
      const found = all.find((each) => each.SourceName === source && each.DestinationName === destination);
      if (found === undefined) await consul.call("POST", "/v1/connect/intentions", body);
      else await consul.call("PUT", `/v1/connect/intentions/${found.ID}`, body);
    },
    renewToken,
    async revokeToken() {
      const token = readFileSync(tokenFile, "utf8");
      const { AccessorID } = (await consul.call("GET", "/v1/acl/token/self", undefined, token)) as {
        AccessorID: string;
      };
      await consul.call("DELETE", `/v1/acl/token/${AccessorID}`);
    },
    async start(flags = {}, command = "run") {
      const all: Flags = {
        ...{ gateway: "egress", consulAddr, replica: "a", drainTime: "1" },
        ...(flags.authMethod === undefined ? { tokenFile } : {}),
        ...{ address: `127.0.0.1:${portBase}`, stateDir: join(dir, "state"), runDir: join(dir, "run") },
        ...{ envoyPath, concurrency: "1", ...flags },
      };
      const config = parseConfig(all, {}, { uid: 0, tmpDir: dir, hostname: "host" }, "source");
      if (!config.ok) throw new Error(config.error.map(formatIssue).join("\n"));
      const started = await startRuntime({ config: config.value, envoy: command === "run", envoyArgs: [], log });
      if (!started.ok) throw new Error(started.error.map(formatIssue).join("\n"));
      endings.add(started.value.stop);
      await started.value.ready;
      return started.value;
    },
    async caller(service) {
      const [leaf, roots] = (await Promise.all([
        consul.call("GET", `/v1/agent/connect/ca/leaf/${service}`),
        consul.call("GET", "/v1/connect/ca/roots"),
      ])) as [{ CertPEM: string; PrivateKeyPEM: string }, { Roots: { RootCert: string }[] }];
      return { cert: leaf.CertPEM, key: leaf.PrivateKeyPEM, ca: roots.Roots.map(({ RootCert }) => RootCert).join("") };
    },
    async to(service) {
      const domain = await trustDomain();
      return {
        ...{ host: "127.0.0.1", port: portBase, sni: `${service}.default.dc1.internal.${domain}` },
        spiffe: `spiffe://${domain}/ns/default/dc/dc1/svc/${service}`,
      };
    },
    stop: endings.all,
  };
}

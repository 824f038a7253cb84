// What gateway options change in resources; without them nothing does (the golden cases of build.test.ts).
import type { JsonObject } from "@bufbuild/protobuf";
import type { AccessLogs } from "../../../src/runtime/snapshot/listening";
import type { GatewayIdentity } from "../../../src/runtime/snapshot/state";
import { buildGateway, buildService } from "../../../src/runtime/xds/build";
import type { Resource } from "../../../src/runtime/xds/resource";
import { resourceJson } from "../../support/static-bootstrap";
import { type Changes, IDENTITY, instance, snapshot } from "./support/services";

const HOST = [instance("db.example.com", 443)];

function part(start: string, changes: Changes, identity: Partial<GatewayIdentity> = {}): JsonObject {
  const built = buildService({ ...snapshot(changes), identity: { ...IDENTITY, ...identity } });
  if ("problem" in built) throw new Error(built.problem);
  return resourceJson(built.resources.find(({ name }) => name.startsWith(start)) as Resource);
}

/** The typed configuration of a listener's first chain's last filter. */
function lastFilter(listener: JsonObject): JsonObject {
  const [chain] = listener.filterChains as unknown as [{ filters: { typedConfig: JsonObject }[] }];
  return chain.filters.at(-1)?.typedConfig ?? {};
}

describe("clusters", () => {
  test("keepalive with what is said of it", () => {
    const keepalive = { timeS: 133, probes: 5 };
    expect(part("billing.", { config: { keepalive } }).upstreamConnectionOptions).toEqual({
      tcpKeepalive: { keepaliveTime: 133, keepaliveProbes: 5 },
    });
    expect(part("billing.", { config: { keepalive: {} } }).upstreamConnectionOptions).toEqual({ tcpKeepalive: {} });
  });

  test.each([
    ["logical_dns" as const, HOST, "LOGICAL_DNS"],
    ["strict_dns" as const, HOST, "STRICT_DNS"],
    ["logical_dns" as const, [...HOST, instance("db2.example.com", 443)], "STRICT_DNS"],
    ["logical_dns" as const, [...HOST, instance("db.example.com", 444)], "STRICT_DNS"],
    ["logical_dns" as const, [instance("10.0.0.9", 443)], "EDS"],
  ])("%s with %j is %s", (dnsDiscovery, instances, type) => {
    expect(part("billing.", { instances, config: { dnsDiscovery } }).type).toBe(type);
  });
});

test("callers' TLS is what the identity says; towards external services nothing changes", () => {
  const tls = { minimum: "1.3", maximum: "1.3", ciphers: ["ECDHE-ECDSA-AES256-GCM-SHA384"] } as const;
  const params = (json: JsonObject): unknown =>
    JSON.parse(JSON.stringify(json).match(/"tlsParams":(\{[^}]*\})/)?.[1] ?? "null");
  expect(params(part("in-billing", {}, { tls }))).toEqual({
    ...{ tlsMinimumProtocolVersion: "TLSv1_3", tlsMaximumProtocolVersion: "TLSv1_3" },
    cipherSuites: ["ECDHE-ECDSA-AES256-GCM-SHA384"],
  });
  const upstream = { mode: "tls", caFile: "/ca.pem", sni: "a.example.com", insecureSkipVerify: false } as const;
  expect(part("billing.", { upstream }, { tls })).toEqual(part("billing.", { upstream }));
});

test("a request that was chosen is traced where there is a tracer, and in HTTP services alone", () => {
  const http = { config: { protocol: "http" } } as const;
  expect(lastFilter(part("in-billing", http, { traced: true })).tracing).toEqual({ randomSampling: {} });
  expect(lastFilter(part("in-billing", http))).not.toHaveProperty("tracing");
  expect(part("in-billing", {}, { traced: true })).toEqual(part("in-billing", {}));
});

describe("access logs", () => {
  const text: AccessLogs = {
    ...{ to: { kind: "file", path: "/var/log/tgw.log" }, listeners: true },
    format: { kind: "text", text: "%DURATION%" },
  };
  const json = { a: "%DURATION%", b: { c: [1, true, null, "%PROTOCOL%"] } };
  const logger = (config: object) => ({
    name: "envoy.access_loggers.file",
    typedConfig: { "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", ...config },
  });

  test.each(["tcp", "http"] as const)("of a %s service", (protocol) => {
    const listener = part("in-billing", { config: { protocol } }, { accessLogs: text });
    expect(lastFilter(listener).accessLog).toEqual([
      logger({ path: "/var/log/tgw.log", logFormat: { textFormatSource: { inlineString: "%DURATION%\n" } } }),
    ]);
  });

  test("as JSON, with what JSON can hold", () => {
    const accessLogs: AccessLogs = { to: { kind: "stderr" }, listeners: false, format: { kind: "json", json } };
    expect(lastFilter(part("in-billing", {}, { accessLogs })).accessLog).toEqual([
      logger({ path: "/dev/stderr", logFormat: { jsonFormat: json } }),
    ]);
  });

  test("of connections that reach no service, unless switched off", () => {
    const router = (accessLogs: AccessLogs): unknown => {
      const [listener] = buildGateway({ ...IDENTITY, accessLogs }, undefined);
      return lastFilter(resourceJson(listener as Resource)).accessLog;
    };
    expect(router(text)).toMatchObject([{ filter: { responseFlagFilter: { flags: ["NC", "NR"] } } }]);
    expect(router({ ...text, listeners: false })).toBeUndefined();
  });
});

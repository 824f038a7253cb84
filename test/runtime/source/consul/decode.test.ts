// Consul's JSON, written by hand after its documentation, and what it is read as.
import { decodeEntryNames, decodeInstances, decodeLinks } from "../../../../src/runtime/source/consul/decode/catalog";
import {
  decodeMesh,
  decodeProxyDefaults,
  decodeServiceProtocols,
  protocolOf,
} from "../../../../src/runtime/source/consul/decode/config";
import { decodeLeaf, decodeRoots } from "../../../../src/runtime/source/consul/decode/connect";
import { decodeIntentionMarks, decodeMatches } from "../../../../src/runtime/source/consul/decode/intentions";
import { decodeResolvers } from "../../../../src/runtime/source/consul/decode/resolver";

describe("gateway-services", () => {
  const row = (name: string, more: object = {}) => ({ Gateway: { Name: "egress" }, Service: { Name: name }, ...more });

  test("TLS begins with a CAFile; a certificate needs its key", () => {
    const tls = { CAFile: "/ca", CertFile: "/crt", KeyFile: "/key", SNI: "a.test" };
    const rows = decodeLinks([row("c", tls), row("b", { CAFile: "/ca" }), row("a", { SNI: "a.test" })]);
    expect(rows.map(({ link }) => [link.name, link.upstream])).toEqual([
      ["a", { mode: "plaintext" }],
      ["b", { mode: "tls", caFile: "/ca", insecureSkipVerify: false }],
      [
        "c",
        { mode: "tls", caFile: "/ca", certFile: "/crt", keyFile: "/key", sni: "a.test", insecureSkipVerify: false },
      ],
    ]);
  });

  test("host rewriting is on unless the row says no", () => {
    const rows = decodeLinks([row("a"), row("b", { AutoHostRewrite: true }), row("c", { AutoHostRewrite: false })]);
    expect(rows.map(({ link }) => link.autoHostRewrite)).toEqual([true, true, false]);
  });

  test("an explicit row wins over one from the wildcard, in any order", () => {
    const explicit = row("a", { CAFile: "/own" });
    const cloned = row("a", { CAFile: "/wild", FromWildcard: true });
    for (const body of [
      [explicit, cloned],
      [cloned, explicit],
    ]) {
      expect(decodeLinks(body).map(({ link }) => link.upstream)).toEqual([
        { mode: "tls", caFile: "/own", insecureSkipVerify: false },
      ]);
    }
  });

  test("namespaces and partitions are part of the name, destinations are marked", () => {
    const far = { Service: { Name: "a", Namespace: "team", Partition: "eu" }, ServiceKind: "destination" };
    const near = { Service: { Name: "b", Namespace: "default", Partition: "default" }, ServiceKind: "service" };
    expect(decodeLinks([far, near]).map(({ link, isDestination }) => [link.name, isDestination])).toEqual([
      ["b", false],
      ["eu/team/a", true],
    ]);
  });

  test.each([
    ["no list", { a: 1 }, "gateway-services"],
    ["no object", ["x"], "gateway-services[0]"],
    ["no service", [{}], "gateway-services[0].Service"],
    ["a nameless service", [{ Service: { Name: "" } }], "gateway-services[0].Service.Name"],
    ["a path that is none", [row("a", { CAFile: 7 })], "gateway-services[0].CAFile"],
  ])("%s is refused with its place", (_what, body, path) => {
    expect(() => decodeLinks(body)).toThrow(`at ${path}`);
  });

  test("null is an empty list", () => expect(decodeLinks(null)).toEqual([]));

  test("the entry's names, without the wildcard; none when there is no entry", () => {
    const Services = [{ Name: "pay" }, { Name: "*" }, { Name: "a", Namespace: "team" }];
    expect(decodeEntryNames({ Kind: "terminating-gateway", Services, Hash: 18_446_744_073_709_552_000 })).toEqual([
      "pay",
      "team/a",
    ]);
    expect(decodeEntryNames(undefined)).toEqual([]);
  });
});

describe("instances", () => {
  const entry = (service: object, ...states: string[]) => ({
    Node: { Node: "n1", Address: "10.0.0.1" },
    Service: { ID: "a-1", Service: "a", Address: "", Port: 443, ...service },
    Checks: states.map((Status) => ({ Status })),
  });
  const only = (...args: Parameters<typeof entry>) => decodeInstances([entry(...args)])[0];

  test("the node's address where the service has none", () => {
    expect(only({})).toEqual({ id: "n1/a-1", address: "10.0.0.1", port: 443, weight: 1, healthy: true });
    expect(only({ Address: "a.test" })?.address).toBe("a.test");
  });

  test.each([
    [[], 5, true],
    [["passing"], 5, true],
    [["passing", "warning"], 2, true],
    [["critical"], 5, false],
    [["warning", "critical"], 2, false],
  ])("checks %p: weight %p, healthy %p", (states, weight, healthy) => {
    expect(only({ Weights: { Passing: 5, Warning: 2 } }, ...states)).toMatchObject({ weight, healthy });
  });

  test.each([
    [[], true],
    [["passing", "passing"], true],
    [["passing", "warning"], false],
    [["critical"], false],
  ])("where only passing ones count, checks %p: healthy %p", (states, healthy) => {
    expect(decodeInstances([entry({}, ...states)], true)).toMatchObject([{ healthy }]);
  });

  test("weights stay within 1 and 128; 0 means no traffic", () => {
    expect(only({ Weights: { Passing: 1000, Warning: 1 } })).toMatchObject({ weight: 128, healthy: true });
    expect(only({ Weights: { Passing: 5, Warning: 0 } }, "warning")).toMatchObject({ weight: 1, healthy: false });
  });

  test("sorted, and without checks healthy", () => {
    const second = { ...entry({ ID: "a-0" }), Checks: null };
    expect(decodeInstances([entry({}), second]).map(({ id }) => id)).toEqual(["n1/a-0", "n1/a-1"]);
  });

  test("a port that is none is refused", () => expect(() => only({ Port: 70_000 })).toThrow("health[0].Service.Port"));
});

describe("intentions", () => {
  const intention = (more: object) => ({
    SourceNS: "default",
    SourceName: "web",
    DestinationName: "pay",
    Precedence: 9,
    ...more,
  });
  const read = (...items: object[]) => {
    const { intentions = [], notes = [] } = decodeMatches({ pay: items }, ["pay"]).get("pay") ?? {};
    return { intentions, notes };
  };

  test("an action, or permissions in their order", () => {
    const permissions = [
      { Action: "deny", HTTP: { PathExact: "/a", Methods: ["get", "PUT"] } },
      {
        Action: "allow",
        HTTP: {
          Header: [
            { Name: "h", Present: true },
            { Name: "i", Suffix: "z", IgnoreCase: true },
          ],
        },
      },
      { Action: "allow" },
    ];
    const web = { source: "web", namespace: "default", precedence: 9 };
    expect(read(intention({ Action: "allow", Description: "why" }), intention({ Permissions: permissions }))).toEqual({
      intentions: [
        { ...web, action: "allow", description: "why" },
        {
          ...web,
          permissions: [
            { action: "deny", path: { kind: "exact", value: "/a" }, methods: ["GET", "PUT"], headers: [] },
            {
              action: "allow",
              methods: [],
              headers: [
                { name: "h", kind: "present", value: "", ignoreCase: false, invert: false },
                { name: "i", kind: "suffix", value: "z", ignoreCase: true, invert: false },
              ],
            },
            { action: "allow", methods: [], headers: [] },
          ],
        },
      ],
      notes: [],
    });
  });

  test("what cannot be checked here is denied for that source, and said", () => {
    const jwt = { Providers: [{ Name: "okta" }] };
    const result = read(
      intention({ Action: "allow", JWT: jwt }),
      intention({ SourceName: "api", Permissions: [{ Action: "allow", HTTP: {}, JWT: jwt }] }),
      intention({ SourceName: "far", Action: "allow", SourceSamenessGroup: "all" }),
      intention({ SourceName: "peer", Action: "allow", SourcePeer: "eu" }),
    );
    expect(
      result.intentions.map(({ source, action, permissions, peer }) => [source, action, permissions, peer]),
    ).toEqual([
      ["web", "deny", undefined, undefined],
      ["api", "deny", undefined, undefined],
      ["far", "deny", undefined, undefined],
      ["peer", "allow", undefined, "eu"],
    ]);
    expect(result.notes).toHaveLength(3);
  });

  test("nothing is guessed: unknown actions and header matches refuse the answer", () => {
    expect(() => read(intention({ Action: "maybe" }))).toThrow("match[pay][0].Action");
    expect(() => read(intention({}))).toThrow("match[pay][0].Action");
    const strange = [{ Action: "allow", HTTP: { Header: [{ Name: "h", SoundsLike: "x" }] } }];
    expect(() => read(intention({ Permissions: strange }))).toThrow("match[pay][0].Permissions[0].HTTP.Header[0]");
  });

  test("a name without intentions has none", () => {
    expect(decodeMatches({ pay: null }, ["pay", "bill"])).toEqual(
      new Map([
        ["pay", { intentions: [], notes: [], marks: [] }],
        ["bill", { intentions: [], notes: [], marks: [] }],
      ]),
    );
  });

  test("marks are of content, not of indexes", () => {
    const first = intention({ Action: "allow", ModifyIndex: 5, Hash: "x" });
    const mark = decodeIntentionMarks([first]);
    expect(mark.map(([name]) => name)).toEqual(["default/default/pay"]);
    expect(decodeIntentionMarks([{ ...first, ModifyIndex: 6, Hash: "y" }])).toEqual(mark);
    expect(decodeIntentionMarks([{ ...first, Action: "deny" }])).not.toEqual(mark);
  });
});

describe("config entries", () => {
  test("protocols, where one is set", () => {
    expect(
      decodeServiceProtocols([
        { Name: "a", Protocol: "http" },
        { Name: "b" },
        { Name: "constructor", Protocol: "grpc" },
      ]),
    ).toEqual([
      ["a", "http"],
      ["constructor", "grpc"],
    ]);
    const config = { protocol: "http2", connect_timeout_ms: 5 };
    const accessLogs = { Enabled: true };
    expect(decodeProxyDefaults({ Kind: "proxy-defaults", Config: config, AccessLogs: accessLogs })).toEqual({
      ...{ protocol: "http2", config, accessLogs },
    });
    const nothing = { protocol: undefined, config: {}, accessLogs: {} };
    expect(decodeProxyDefaults({ Kind: "proxy-defaults", Config: null })).toEqual(nothing);
    expect(decodeProxyDefaults(undefined)).toEqual(nothing);
  });

  test("of a mesh entry, what concerns a gateway", () => {
    const TLS = { Incoming: { TLSMinVersion: "TLSv1_3" } };
    expect(decodeMesh({ Kind: "mesh", TransparentProxy: {}, TLS, Hash: 1 })).toEqual({ TLS });
    expect(decodeMesh(undefined)).toEqual({});
  });

  test.each([
    ["HTTP", "http"],
    ["http2", "http2"],
    ["grpc", "grpc"],
    ["tcp", "tcp"],
    ["mysql", "tcp"],
    [undefined, "tcp"],
  ])("protocol %p is %p", (text, protocol) => expect(protocolOf(text)).toBe(protocol));

  test.each([
    ["5s", 5000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["0s", 0],
    ["", 0],
    [7_000_000_000, 7000],
  ])("a timeout of %p is %p ms", (value, connectTimeoutMs) => {
    expect(decodeResolvers([{ Name: "a", ConnectTimeout: value }])).toEqual([
      ["a", expect.objectContaining({ connectTimeoutMs, requestTimeoutMs: 0 })],
    ]);
  });

  test("a timeout that is none is refused", () => {
    expect(() => decodeResolvers([{ Name: "a", RequestTimeout: "soon" }])).toThrow(
      "service-resolver[0].RequestTimeout",
    );
  });
});

describe("mesh CA", () => {
  test("the active root comes first, every PEM ends in one newline", () => {
    const body = {
      TrustDomain: "td.consul",
      Roots: [
        { RootCert: "OLD\n\n", Active: false, IntermediateCerts: ["X"] },
        { RootCert: "NEW", Active: true, IntermediateCerts: ["CROSS"] },
      ],
    };
    expect(decodeRoots(body)).toEqual({
      bundle: { trustDomain: "td.consul", roots: ["NEW\n", "OLD\n"] },
      signers: ["NEW\n", "CROSS\n"],
    });
    expect(() => decodeRoots({ TrustDomain: "td.consul", Roots: null })).toThrow("active root");
  });

  test("a leaf with its key", () => {
    expect(decodeLeaf({ CertPEM: "C", PrivateKeyPEM: "K", ServiceURI: "spiffe://x", ModifyIndex: 9 })).toEqual({
      ...{ certPem: "C\n", keyPem: "K\n", uri: "spiffe://x", index: 9 },
    });
    expect(() => decodeLeaf({ CertPEM: "C", PrivateKeyPEM: "" })).toThrow("leaf.PrivateKeyPEM");
  });
});

// The Consul source against real servers, the oldest and the newest that we support: the same story on both.
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { addressOf, type Watched, watchConsul } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_100 },
  { version: "1.8.19", old: true, portBase: 21_110 },
] as const;

/** Exactly what a gateway for `pay` and `bill` may do. */
const RIGHTS = `
service "egress" { policy = "write" }
service "pay" { policy = "write" }
service "bill" { policy = "write" }
node "ext-1" { policy = "read" }
`;

jest.setTimeout(90_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("source", realConsul(version), (binary) => {
    let consul: ConsulServer;
    const running: Watched[] = [];

    const watch = (token: string): Watched => {
      const watched = watchConsul({ addresses: [addressOf(consul.address)], token: () => token });
      running.push(watched);
      return watched;
    };
    const register = (service: string, extra: object = {}, status = "passing", id = `${service}-1`) =>
      consul.call("PUT", "/v1/catalog/register", {
        Node: "ext-1",
        Address: "10.1.2.3",
        SkipNodeUpdate: false,
        Service: { ID: id, Service: service, Address: "192.0.2.7", Port: 8443, ...extra },
        Checks: [{ Node: "ext-1", CheckID: `c-${id}`, Name: "health", Status: status, ServiceID: id }],
      });
    const config = (entry: object) => consul.call("PUT", "/v1/config", entry);
    const link = (...services: object[]) => config({ Kind: "terminating-gateway", Name: "egress", Services: services });
    /** Written in the form that every version takes. */
    const intend = async (source: string, destination: string, action: "allow" | "deny"): Promise<void> => {
      if (old) {
        await consul.call("POST", "/v1/connect/intentions", {
          SourceName: source,
          DestinationName: destination,
          Action: action,
        });
      } else {
        const query = `source=${encodeURIComponent(source)}&destination=${encodeURIComponent(destination)}`;
        await consul.call("PUT", `/v1/connect/intentions/exact?${query}`, { Action: action });
      }
    };

    beforeAll(async () => {
      consul = await startConsulServer({ binary, old, portBase });
    });
    afterEach(async () => {
      for (const watched of running.splice(0)) watched.stop();
      await consul.call("DELETE", "/v1/config/terminating-gateway/egress");
      const all = (await consul.call("GET", "/v1/connect/intentions")) as {
        ID?: string;
        SourceName: string;
        DestinationName: string;
      }[];
      for (const { ID, SourceName, DestinationName } of all) {
        const exact = `exact?source=${SourceName}&destination=${DestinationName}`;
        await consul.call("DELETE", `/v1/connect/intentions/${old ? ID : exact}`);
      }
      await consul.call("PUT", "/v1/catalog/deregister", { Node: "ext-1" });
    });
    afterAll(() => consul?.stop());

    test("a gateway without config entry has no links, and links come and go with it", async () => {
      const watched = watch(await consul.makeToken(RIGHTS));
      expect((await watched.until("links", () => true)).links).toEqual([]);
      expect(watched.events[0]).toMatchObject({ kind: "identity", identity: { name: "egress" } });
      await link({ Name: "pay", CAFile: "/etc/ca.pem", SNI: "pay.external.test" }, { Name: "bill" });
      const { links } = await watched.until("links", (event) => event.links.length === 2);
      expect(links).toEqual([
        { name: "bill", upstream: { mode: "plaintext" }, autoHostRewrite: true },
        {
          name: "pay",
          upstream: { mode: "tls", caFile: "/etc/ca.pem", sni: "pay.external.test", insecureSkipVerify: false },
          autoHostRewrite: true,
        },
      ]);
      await link({ Name: "bill" });
      await watched.until("links", (event) => event.links.length === 1);
      await consul.call("DELETE", "/v1/config/terminating-gateway/egress");
      await watched.until("links", ({ links: left }) => left.length === 0 && watched.events.length > 3);
      expect(watched.events.filter((event) => event.kind === "problem" && event.of.kind === "links")).toEqual([]);
    });

    test("health, weights and addresses of instances", async () => {
      await register("pay", { Weights: { Passing: 7, Warning: 2 } });
      await link({ Name: "pay" });
      const watched = watch(await consul.makeToken(RIGHTS));
      const of = (test: (healthy: boolean, weight: number) => boolean) =>
        watched.until("instances", ({ instances: [only] }) => only !== undefined && test(only.healthy, only.weight));
      expect((await of((healthy) => healthy)).instances).toEqual([
        { id: "ext-1/pay-1", address: "192.0.2.7", port: 8443, weight: 7, healthy: true },
      ]);
      await register("pay", { Weights: { Passing: 7, Warning: 2 } }, "warning");
      await of((healthy, weight) => healthy && weight === 2);
      await register("pay", { Weights: { Passing: 7, Warning: 2 } }, "critical");
      await of((healthy) => !healthy);
      await register("pay", { Address: "" }, "passing", "pay-2");
      const two = await watched.until("instances", ({ instances }) => instances.length === 2);
      expect(two.instances[1]).toMatchObject({ id: "ext-1/pay-2", address: "10.1.2.3", weight: 1 });
      await consul.call("PUT", "/v1/catalog/deregister", { Node: "ext-1" });
      await watched.until("instances", ({ instances }) => instances.length === 0);
      await watched.problem("instances", "pay", "no instance to be seen");
    });

    test("intentions in Consul's order, wildcards for everybody, nobody else's touched", async () => {
      await link({ Name: "pay" }, { Name: "bill" });
      const watched = watch(await consul.makeToken(RIGHTS));
      const set = await watched.until("intentions", ({ service }) => service === "pay");
      expect(set.set).toEqual({ intentions: [], defaultAction: "deny" });
      await watched.until("intentions", ({ service }) => service === "bill");
      const before = watched.events.length;
      await intend("web", "pay", "allow");
      const one = await watched.until("intentions", ({ set: { intentions } }) => intentions.length === 1);
      expect(one).toMatchObject({
        service: "pay",
        set: { intentions: [{ source: "web", action: "allow", precedence: 9 }] },
      });
      expect(
        watched.events.slice(before).filter((event) => event.kind === "intentions" && event.service === "bill"),
      ).toEqual([]);
      await intend("*", "*", "deny");
      const two = await watched.until("intentions", ({ set: { intentions } }) => intentions.length === 2);
      expect(two.set.intentions.map(({ source, action, precedence }) => `${source} ${action} ${precedence}`)).toEqual([
        "web allow 9",
        "* deny 5",
      ]);
      await watched.until(
        "intentions",
        ({ service, set: { intentions } }) => service === "bill" && intentions.length === 1,
      );
    });

    // 1.8 has no L7 intentions.
    const newOnly = old ? (): void => undefined : test;
    newOnly("L7 permissions", async () => {
      await config({ Kind: "service-defaults", Name: "pay", Protocol: "http" });
      await link({ Name: "pay" });
      await config({
        Kind: "service-intentions",
        Name: "pay",
        Sources: [
          {
            Name: "web",
            Permissions: [
              {
                Action: "deny",
                HTTP: { PathPrefix: "/admin", Methods: ["GET"], Header: [{ Name: "x-a", Exact: "1", Invert: true }] },
              },
              { Action: "allow", HTTP: { PathRegex: "/.*" } },
            ],
          },
        ],
      });
      const watched = watch(await consul.makeToken(RIGHTS));
      const { set } = await watched.until("intentions", () => true);
      expect(set.intentions[0]?.permissions).toEqual([
        {
          action: "deny",
          path: { kind: "prefix", value: "/admin" },
          methods: ["GET"],
          headers: [{ name: "x-a", kind: "exact", value: "1", ignoreCase: false, invert: true }],
        },
        { action: "allow", path: { kind: "regex", value: "/.*" }, methods: [], headers: [] },
      ]);
      await consul.call("DELETE", "/v1/config/service-intentions/pay");
      await consul.call("DELETE", "/v1/config/service-defaults/pay");
    });

    test("protocol from service-defaults over proxy-defaults, timeouts from the resolver; absent entries may come later", async () => {
      await link({ Name: "pay" });
      const watched = watch(await consul.makeToken(RIGHTS));
      const first = await watched.until("config", () => true);
      expect(first).toMatchObject({
        service: "pay",
        config: { protocol: "tcp", connectTimeoutMs: 5000, requestTimeoutMs: 15_000 },
      });
      await config({ Kind: "proxy-defaults", Name: "global", Config: { protocol: "http" } });
      await watched.until("config", (event) => event.config.protocol === "http");
      await config({ Kind: "service-defaults", Name: "pay", Protocol: "grpc" });
      await watched.until("config", (event) => event.config.protocol === "grpc");
      await config({ Kind: "service-resolver", Name: "pay", ConnectTimeout: "1m30s" });
      await watched.until("config", (event) => event.config.connectTimeoutMs === 90_000);
      await consul.call("DELETE", "/v1/config/service-resolver/pay");
      await watched.until("config", (event) => event.config.connectTimeoutMs === 5000);
      await consul.call("DELETE", "/v1/config/service-defaults/pay");
      await consul.call("DELETE", "/v1/config/proxy-defaults/global");
      await watched.until("config", (event) => event.config.protocol === "tcp" && watched.events.length > 5);
    });

    test("leaves: one per service, signed by the active root, their key beside them", async () => {
      await link({ Name: "pay" }, { Name: "bill" });
      const watched = watch(await consul.makeToken(RIGHTS));
      const { bundle } = await watched.until("roots", () => true);
      for (const name of ["pay", "bill"]) {
        const { leaf } = await watched.until("leaf", ({ service }) => service === name);
        const cert = new X509Certificate(leaf.certPem);
        expect(cert.subjectAltName).toBe(`URI:spiffe://${bundle.trustDomain}/ns/default/dc/dc1/svc/${name}`);
        expect(cert.verify(new X509Certificate(bundle.roots[0] ?? "").publicKey)).toBe(true);
        expect(leaf.keyPem).toContain("PRIVATE KEY");
        expect(leaf.notAfterMs).toBe(Date.parse(cert.validTo));
      }
    });

    test("a token without service:write on one linked service: its reason is shown, the other one is whole", async () => {
      await register("pay");
      await register("locked");
      await link({ Name: "pay" }, { Name: "locked" });
      // Not `bill`: newer servers give a leaf that they still hold to tokens without the right.
      const token = await consul.makeToken(`${RIGHTS} service "locked" { policy = "read" }`);
      const watched = watch(token);
      const reason = await watched.problem("leaf", "locked", "lacks");
      expect(reason).toBe('leaf refused, token lacks service:write on "locked"');
      for (const kind of ["leaf", "instances", "intentions", "config"] as const) {
        await watched.until(kind, ({ service }) => service === "pay");
      }
      const ofPay = watched.events.filter(
        (event) => event.kind === "problem" && "service" in event.of && event.of.service === "pay",
      );
      expect(ofPay).toEqual([]);
      expect(watched.events.some((event) => event.kind === "leaf" && event.service === "locked")).toBe(false);
      await consul.setRules(token, `${RIGHTS} service "locked" { policy = "write" }`);
      await watched.until("leaf", ({ service }) => service === "locked");
    });

    test("what the token must not see is named: links, instances, intentions", async () => {
      await register("pay");
      await link({ Name: "pay" }, { Name: "bill" });
      const rights = 'service "egress" { policy = "write" } service "pay" { policy = "read" intentions = "deny" }';
      const watched = watch(await consul.makeToken(rights));
      expect(await watched.problem("links", undefined, "hidden")).toBe(
        'linked services are hidden: token lacks service:read on "bill"',
      );
      await watched.problem("instances", "pay", "lacks node:read");
      expect(await watched.problem("intentions", "pay", "lacks")).toBe(
        'intentions refused, token lacks intentions:read on "pay"',
      );
      expect(watched.events.some((event) => event.kind === "intentions")).toBe(false);
    });

    test("an unknown token says so, and the source goes on when it is replaced", async () => {
      await link({ Name: "pay" });
      let token = "11111111-2222-3333-4444-555555555555";
      const watched = watchConsul({ addresses: [addressOf(consul.address)], token: () => token });
      running.push(watched);
      await watched.problem("links", undefined, "");
      token = await consul.makeToken(RIGHTS);
      await watched.until("leaf", () => true);
    });

    test("root rotation: new roots first, then a leaf of the new root for every service", async () => {
      await link({ Name: "pay" }, { Name: "bill" });
      const watched = watch(await consul.makeToken(RIGHTS));
      await watched.until("leaf", ({ service }) => service === "pay");
      await watched.until("leaf", ({ service }) => service === "bill");
      const before = (await watched.until("roots", () => true)).bundle.roots;
      // The oldest servers make a new root for a new key only.
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await consul.call("PUT", "/v1/connect/ca/configuration", {
        Provider: "consul",
        Config: { LeafCertTTL: "72h", PrivateKey: privateKey.export({ type: "sec1", format: "pem" }) },
      });
      const { bundle } = await watched.until("roots", (event) => event.bundle.roots[0] !== before[0]);
      expect(bundle.roots).toContain(before[0]);
      const key = new X509Certificate(bundle.roots[0] ?? "").publicKey;
      for (const name of ["pay", "bill"]) {
        const { leaf } = await watched.until(
          "leaf",
          (event) => event.service === name && new X509Certificate(event.leaf.certPem).verify(key),
          45_000,
        );
        expect(leaf.certPem.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThanOrEqual(1);
      }
    });
  });
});

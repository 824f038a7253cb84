// Who gets nothing: not one byte of the external service, and no connection to it.
import { probe, request } from "../../tools/demo/mesh-client";
import { makeCa } from "../../tools/demo/pki";
import { BANNER } from "../../tools/demo/world";
import { describePart, realEnvoy } from "../support/real-parts";
import { type Rig, startRig } from "../support/rig";

describePart("who gets nothing", realEnvoy(), (envoy) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(envoy, 20100, ({ portBase, dir }) => ({
      name: "egress",
      datacenter: "dc1",
      bind: { port: portBase },
      services: [
        { name: "banner", address: "127.0.0.1", port: portBase + 3, plaintext: true, allowFrom: ["web"] },
        {
          name: "some",
          address: "127.0.0.1",
          port: portBase + 3,
          plaintext: true,
          intentions: [
            { source: "*", wildcard: true, action: "allow" },
            { source: "rogue", action: "deny" },
          ],
        },
        { name: "nobody", address: "127.0.0.1", port: portBase + 3, plaintext: true },
        {
          name: "billing",
          address: "127.0.0.1",
          port: portBase + 1,
          protocol: "http",
          tls: { caFile: `${dir}/ca.pem`, sni: "billing.external.test" },
          allowFrom: ["web"],
        },
      ],
    }));
  }, 60_000);
  afterAll(() => rig?.stop());

  test("a caller with an intention gets the banner of a service that speaks first", async () => {
    expect(await probe(await rig.caller("web"), rig.to("banner"))).toBe(`${BANNER}hello\r\n`);
  });

  test("everyone but the denied one passes a wildcard intention", async () => {
    expect(await probe(await rig.caller("web"), rig.to("some"))).toBe(`${BANNER}hello\r\n`);
    expect(await probe(await rig.caller("rogue-2"), rig.to("some"))).toBe(`${BANNER}hello\r\n`);
  });

  describe("nothing is received and nothing is opened", () => {
    const cases: [string, () => Promise<string>][] = [
      ["a caller without an intention", async () => probe(await rig.caller("rogue"), rig.to("banner"))],
      ["a denied caller inside a wildcard allow", async () => probe(await rig.caller("rogue"), rig.to("some"))],
      ["a service that nobody may call", async () => probe(await rig.caller("web"), rig.to("nobody"))],
      ["a name that begins with an allowed one", async () => probe(await rig.caller("web-2"), rig.to("banner"))],
      ["no client certificate", async () => probe({ ca: (await rig.caller("web")).ca }, rig.to("banner"))],
      ["a certificate of another CA, right name", async () => probe(await foreign(), rig.to("banner"))],
      ["an unknown SNI", async () => probe(await rig.caller("web"), { ...rig.to("banner"), sni: "other.example" })],
      ["the SNI of our own cluster", async () => probe(await rig.caller("web"), { ...rig.to("banner"), sni: "xds" })],
      ["no SNI", async () => probe(await rig.caller("web"), { ...rig.to("banner"), sni: "" })],
      ["another service's SNI", async () => probe(await rig.caller("rogue"), rig.to("nobody"))],
    ];
    test.each(cases)("%s", async (_name, attempt) => {
      const before = rig.world.services.banner.connections();
      expect(await attempt()).toBe("");
      expect(rig.world.services.banner.connections()).toBe(before);
    });

    async function foreign() {
      const web = await rig.caller("web");
      const ca = await makeCa("Foreign CA");
      const uri = (rig.to("banner").spiffe as string).replace(/svc\/.*/, "svc/web");
      const pair = await ca.spiffe(uri);
      return { ca: web.ca, cert: pair.certPem, key: pair.keyPem };
    }
  });

  test("an HTTP service answers 403 to a caller without an intention, and opens nothing", async () => {
    const before = rig.world.services.billing.connections();
    const reply = await request(await rig.caller("rogue"), rig.to("billing"), "/");
    expect(reply.status).toBe(403);
    expect(rig.world.services.billing.connections()).toBe(before);
    expect((await request(await rig.caller("web"), rig.to("billing"), "/")).status).toBe(200);
  });
});

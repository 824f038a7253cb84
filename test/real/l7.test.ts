// L7 permissions on a real Envoy: an allowed path passes, a denied one is refused however it is spelled.
import { dial, request } from "../../tools/demo/mesh-client";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, type Rig, startRig } from "../support/rig";

describePart("L7 permissions", realEnvoy(), (envoy) => {
  let rig: Rig;
  const declare = (port: number, dir: string, deny: string) => ({
    name: "egress",
    datacenter: "dc1",
    bind: { port },
    services: [
      {
        name: "api",
        address: "127.0.0.1",
        port: port + 6,
        protocol: "http" as const,
        tls: { caFile: `${dir}/ca.pem`, sni: "api.external.test" },
        intentions: [
          {
            source: "web",
            permissions: [
              { action: "deny" as const, pathPrefix: deny },
              { action: "allow" as const, pathPrefix: "/", methods: ["GET"] },
              { action: "allow" as const, pathExact: "/write", headers: [{ name: "x-role", exact: "admin" }] },
            ],
          },
        ],
      },
    ],
  });
  beforeAll(async () => {
    rig = await startRig(envoy, 20200, ({ portBase, dir }) => declare(portBase, dir, "/admin"));
  }, 60_000);
  afterAll(() => rig?.stop());

  test.each(["/", "/public", "/public?next=/admin", "/x/../public", "/adm"])("GET %s is allowed", async (path) => {
    expect((await request(await rig.caller("web"), rig.to("api"), path)).status).toBe(200);
  });

  test.each([
    "/admin",
    "/admin/users",
    "/%61dmin",
    "/%61%64%6d%69%6e",
    "/%61dm%69n",
    "/ad%6Din",
    "/ad%6din",
    "//admin",
    "/x/../admin",
    "/x/%2e%2e/admin",
    "/x/%2E%2e/admin",
    "/./admin",
    "/x\\..\\admin",
  ])("GET %s is refused with 403", async (path) => {
    const before = rig.world.services.api.connections();
    expect((await request(await rig.caller("web"), rig.to("api"), path)).status).toBe(403);
    expect(rig.world.services.api.connections()).toBe(before);
  });

  test.each(["/x%2f..%2fadmin", "/%2fadmin", "/x%2F..%2Fadmin", "/x%5c..%5cadmin"])(
    "GET %s is refused with 400, for its escaped slash",
    async (path) => {
      expect((await request(await rig.caller("web"), rig.to("api"), path)).status).toBe(400);
    },
  );

  test("a method, and a header, are judged", async () => {
    const web = await rig.caller("web");
    const post = (headers: string[]) => request(web, rig.to("api"), "/write", { method: "POST", headers });
    expect((await post(["content-length: 0"])).status).toBe(403);
    expect((await post(["content-length: 0", "x-role: admin"])).status).toBe(200);
    expect((await post(["content-length: 0", "x-role: Admin"])).status).toBe(403);
    expect((await post(["content-length: 0", "x-role: admin", "x-role: guest"])).status).toBe(403);
  });

  test("the external service sees neither a forged identity nor the mesh's headers", async () => {
    const reply = await request(await rig.caller("web"), rig.to("api"), "/public", {
      headers: [
        "x-forwarded-client-cert: URI=spiffe://forged",
        "x-forwarded-for: 6.6.6.6",
        "x-envoy-original-path: /x",
      ],
    });
    const seen = JSON.parse(reply.body).headers as Record<string, string>;
    expect(Object.keys(seen).filter((name) => name.startsWith("x-envoy") || name.startsWith("x-forwarded-c"))).toEqual(
      [],
    );
    expect(seen["x-forwarded-for"] ?? "").not.toContain("6.6.6.6");
  });

  test("a WebSocket upgrade passes where its path is allowed and not where it is denied", async () => {
    const upgrade = [
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: eA==",
    ];
    const web = await rig.caller("web");
    const head = (path: string) => `GET ${path} HTTP/1.1\r\nhost: api\r\n${upgrade.join("\r\n")}\r\n\r\n`;
    const allowed = await dial(web, rig.to("api"));
    allowed.socket.write(head("/socket"));
    expect(await allowed.until((text) => text.includes("\r\n\r\n"))).toMatch(/^HTTP\/1.1 101/);
    await allowed.echo("over the socket");
    allowed.close();
    const denied = await dial(web, rig.to("api"));
    denied.socket.write(head("/admin"));
    expect(await denied.until((text) => text.includes("\r\n\r\n"))).toMatch(/^HTTP\/1.1 403/);
    denied.close();
  });

  test("changed permissions judge the next request of an open connection", async () => {
    const open = await dial(await rig.caller("web"), rig.to("api"));
    const get = async (path: string) => (await request({ ca: "" }, rig.to("api"), path, { open })).status;
    expect([await get("/admin"), await get("/public")]).toEqual([403, 200]);
    rig.apply(declare(20200, rig.world.dir, "/public"));
    await eventually(async () => (await get("/public")) === 403);
    expect(await get("/admin")).toBe(200);
    expect(open.ended()).toBe(false);
    open.close();
    rig.apply(declare(20200, rig.world.dir, "/admin"));
  });
});

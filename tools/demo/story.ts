// What the demo proves, step by step, on a running gateway. Each function is one chapter; README lists the same.
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Gateway } from "./gateway";
import { type Caller, type Dial, dial, type MeshConnection, probe, request } from "./mesh-client";
import { makeCa } from "./pki";
import { expectEqual, expectThat, type Proofs, until } from "./proofs";
import { BANNER, type World } from "./world";

export interface Stage {
  readonly proofs: Proofs;
  readonly world: World;
  readonly gateway: Gateway;
  readonly web: Caller;
  readonly rogue: Caller;
  to(service: string): Dial;
}

const status = async (caller: Caller, to: Dial, path: string): Promise<number | string> =>
  (await request(caller, to, path).catch((error: Error) => ({ status: error.message }))).status;

/** `web` has the intention: every service answers, and as itself. */
export async function answers({ proofs, world, web, to }: Stage): Promise<void> {
  const answer = async (service: string): Promise<{ service: string; client: string; host: string }> => {
    const reply = await request(web, to(service), "/public");
    expectEqual(reply.status, 200, `${service} answers`);
    const { service: name, client, headers } = JSON.parse(reply.body);
    return { service: name, client, host: headers.host };
  };
  await proofs.prove("web reaches billing: HTTPS behind a private CA", async () => {
    expectEqual((await answer("billing")).service, "billing", "who answers");
  });
  await proofs.prove("web reaches partner: it demands a client certificate", async () => {
    expectEqual((await answer("partner")).client, "gateway-1", "client certificate that partner sees");
  });
  await proofs.prove("web reaches banner: plain TCP that speaks first", async () => {
    expectEqual(await probe(web, to("banner")), `${BANNER}hello\r\n`, "what web receives");
  });
  await proofs.prove("web reaches pool: both instances take their share", async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 8; i += 1) seen.add((await probe(web, to("pool"), 300)).split("\r\n")[0] ?? "");
    expectEqual([...seen].sort(), ["pool 127.0.0.2", "pool 127.0.0.3"], "instances that answer");
  });
  await proofs.prove("web reaches byname: by hostname, Host header rewritten", async () => {
    const { service, host } = await answer("byname");
    expectEqual([service, host], ["byname", "localhost"], "who answers and the Host it sees");
  });
  expectThat(world.services.billing.connections() > 0, "billing counted no connection");
}

/** Everybody else gets nothing: no byte, and no connection to the external service. */
export async function refusals({ proofs, world, web, rogue, to }: Stage): Promise<void> {
  const nothing = (name: string, attempt: () => Promise<string>): Promise<void> =>
    proofs.prove(name, async () => {
      const before = world.services.banner.connections();
      expectEqual(await attempt(), "", "what the client receives");
      expectEqual(world.services.banner.connections(), before, "connections to the external service");
    });
  const foreignCa = await makeCa("Foreign CA");
  const foreign = await foreignCa.spiffe((to("banner").spiffe as string).replace(/[^/]+$/, "web"));
  await nothing("rogue, without an intention, gets no byte and opens nothing", () => probe(rogue, to("banner")));
  await nothing("a client without a certificate gets nothing", () => probe({ ca: web.ca }, to("banner")));
  await nothing("a certificate of another CA gets nothing", () =>
    probe({ ca: web.ca, cert: foreign.certPem, key: foreign.keyPem }, to("banner")),
  );
  await nothing("an unknown SNI gets nothing", () => probe(web, { ...to("banner"), sni: "unknown.example.test" }));
  await nothing("no SNI gets nothing", () => probe(web, { ...to("banner"), sni: "" }));
  await proofs.prove("rogue is answered 403 by an HTTP service, which sees no connection", async () => {
    const before = world.services.api.connections();
    expectEqual(await status(rogue, to("api"), "/public"), 403, "answer");
    expectEqual(world.services.api.connections(), before, "connections to the external service");
  });
}

/** L7 permissions: the allowed path passes, everything else is refused however it is spelled. */
export async function permissions({ proofs, world, web, to }: Stage): Promise<void> {
  await proofs.prove("api: an allowed path passes", async () => {
    expectEqual(await status(web, to("api"), "/public"), 200, "/public");
  });
  const spellings = ["/admin", "/%61dmin", "/%61%64%6D%69%6e", "//admin", "/x/../admin", "/public/%2e%2e/admin"];
  await proofs.prove(`api: a denied path is refused in ${spellings.length} spellings`, async () => {
    const before = world.services.api.connections();
    for (const path of spellings) expectEqual(await status(web, to("api"), path), 403, path);
    expectThat(world.services.api.connections() - before <= 1, "the external service saw a denied request");
  });
  await proofs.prove("api: an escaped slash is refused", async () => {
    for (const path of ["/public%2f..%2fadmin", "/public%2F..%2Fadmin", "/public%5C..%5Cadmin"]) {
      expectEqual(await status(web, to("api"), path), 400, path);
    }
  });
}

/** Certificates change on disk under open connections. */
export async function rotations({ proofs, world, gateway, web, to }: Stage): Promise<void> {
  const { startedAtMs } = await gateway.envoy();
  const open: MeshConnection[] = [await dial(web, to("banner")), await dial(web, to("partner"))];
  const [steady, partner] = open as [MeshConnection, MeshConnection];
  // partner is a TCP service: each caller's connection opens one of its own to it.
  const client = async (): Promise<string> => {
    const reply = await request(web, to("partner"), "/").catch(() => undefined);
    return reply?.status === 200 ? (JSON.parse(reply.body).client as string) : "none";
  };
  const untouched = async (): Promise<void> => {
    await steady.echo("still here\r\n");
    expectEqual((await request(web, to("partner"), "/", { open: partner })).status, 200, "the open connection");
    expectThat(Math.abs((await gateway.envoy()).startedAtMs - startedAtMs) < 2500, "Envoy was restarted");
  };
  const file = (name: string): string => join(world.dir, name);
  const replaceBy = async (name: string, how: string, put: (path: string, text: string) => void): Promise<void> => {
    const pair = await world.clientCa.client(name);
    await proofs.prove(
      `client certificate replaced ${how}: new connections present it, open ones live on`,
      async () => {
        put(file("client.pem"), pair.certPem);
        put(file("client-key.pem"), pair.keyPem);
        await until(async () => (await client()) === name, `partner sees ${name}`);
        await untouched();
      },
    );
  };
  const rename = (path: string, text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const swap = (path: string, text: string): void => {
    const target = `${path}.${Date.now()}`;
    writeFileSync(target, text);
    rmSync(`${path}.link`, { force: true });
    symlinkSync(target, `${path}.link`);
    renameSync(`${path}.link`, path);
  };
  await replaceBy("gateway-2", "by rename", rename);
  await replaceBy("gateway-3", "in place", writeFileSync);
  await replaceBy("gateway-4", "by symlink swap", swap);
  const other = await makeCa("Another external CA");
  for (const [how, put] of [
    ["by rename", rename],
    ["in place", writeFileSync],
    ["by symlink swap", swap],
  ] as const) {
    await proofs.prove(
      `CA file replaced ${how}: another CA's server is refused, the right one trusted again`,
      async () => {
        const broken = async (): Promise<boolean> => (await status(web, to("partner"), "/")) !== 200;
        put(file("ca.pem"), other.caPem);
        await until(broken, "a server of the old CA is refused");
        put(file("ca.pem"), world.ca.caPem);
        await until(async () => !(await broken()), "it is trusted again");
        await untouched();
      },
    );
  }
  for (const connection of open) connection.close();
}

// What the Consul demo proves, chapter by chapter, on a running gateway.
import { writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { type Catalog, link } from "./consul-catalog";
import type { ConsulServer } from "./consul-server";
import { type Caller, type Dial, dial, probe, request } from "./mesh-client";
import { expectEqual, expectThat, type Proofs, until } from "./proofs";
import { BANNER, type World } from "./world";

export interface Stage {
  readonly proofs: Proofs;
  readonly world: World;
  readonly catalog: Catalog;
  readonly work: string;
  readonly web: Caller;
  readonly rogue: Caller;
  to(service: string): Dial;
}

const status = async (caller: Caller, to: Dial): Promise<number | string> =>
  (await request(caller, to, "/").catch((error: Error) => ({ status: error.message }))).status;
const reaches = async (caller: Caller, to: Dial): Promise<boolean> => (await probe(caller, to, 400)).startsWith(BANNER);

export async function intentions({ proofs, world, catalog, web, rogue, to }: Stage): Promise<void> {
  await proofs.prove("web without an intention: 403 from HTTP, not a byte from TCP", async () => {
    await until(async () => (await status(web, to("billing"))) === 403, "billing is served");
    await until(async () => (await catalog.gateways("banner")) === 1, "banner is served");
    const before = world.services.banner.connections();
    expectEqual(await probe(web, to("banner")), "", "what web receives");
    expectEqual(world.services.banner.connections(), before, "connections to the external service");
  });
  await proofs.prove("an intention lets web in, live", async () => {
    await catalog.intend("web", "billing", "allow");
    await catalog.intend("web", "banner", "allow");
    await until(async () => (await status(web, to("billing"))) === 200, "web reaches billing");
    await until(() => reaches(web, to("banner")), "web reaches banner");
  });
  await proofs.prove("and nobody else", async () => {
    expectEqual(await status(rogue, to("billing")), 403, "rogue's answer");
    expectEqual(await probe(rogue, to("banner")), "", "what rogue receives");
  });
  await proofs.prove("it is taken away live, and given again", async () => {
    await catalog.intend("web", "banner", "deny");
    await until(async () => !(await reaches(web, to("banner"))), "web is refused");
    expectEqual(await status(web, to("billing")), 200, "billing meanwhile");
    await catalog.intend("web", "banner", "allow");
    await until(() => reaches(web, to("banner")), "web reaches banner again");
  });
}

export async function mutualTls(stage: Stage): Promise<void> {
  const { proofs, catalog, work, web, to } = stage;
  await proofs.prove("CertFile and KeyFile link partner, which sees the client certificate", async () => {
    await catalog.intend("web", "partner", "allow");
    const open = await dial(web, to("banner"));
    await link(catalog, work, ["billing", "partner", "banner"]);
    await until(async () => (await clientOf(stage)) === "gateway-1", "partner sees gateway-1");
    await open.echo("still here\r\n");
    open.close();
  });
}

/** Common name of the certificate that the gateway shows to partner. */
async function clientOf({ web, to }: Stage): Promise<string> {
  const reply = await request(web, to("partner"), "/").catch(() => undefined);
  return reply?.status === 200 ? (JSON.parse(reply.body).client as string) : "none";
}

/** `port`: where the sidecar offers billing to its application, in plaintext. */
export async function sidecars({ proofs, catalog }: Stage, port: number): Promise<void> {
  await proofs.prove("an application reaches billing through its sidecar and our gateway", () =>
    until(async () => (await plainStatus(port)) === 200, "the application is answered"),
  );
  await proofs.prove("it is refused while an intention denies it", async () => {
    await catalog.intend("web", "billing", "deny");
    await until(async () => (await plainStatus(port)) === 403, "the application is refused");
    await catalog.intend("web", "billing", "allow");
    await until(async () => (await plainStatus(port)) === 200, "the application is answered again");
  });
}

function plainStatus(port: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = httpRequest({ host: "127.0.0.1", port, agent: false, timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(0));
    asked.end();
  });
}

export async function certificates(stage: Stage): Promise<void> {
  const { proofs, world, work, web, to } = stage;
  await proofs.prove("a replaced client certificate is presented, and open connections live on", async () => {
    const open = await dial(web, to("partner"));
    const pair = await world.clientCa.client("gateway-2");
    writeFileSync(join(work, "certs/client.pem"), pair.certPem);
    writeFileSync(join(work, "certs/client-key.pem"), pair.keyPem);
    await until(async () => (await clientOf(stage)) === "gateway-2", "partner sees gateway-2");
    expectEqual((await request(web, to("partner"), "/", { open })).status, 200, "the open connection");
    open.close();
  });
}

/** The only server is killed and comes back while requests go on. */
export async function failOver({ proofs, catalog, web, rogue, to }: Stage, consul: ConsulServer): Promise<void> {
  await proofs.prove(
    "the Consul server is killed and comes back: no request fails, changes are followed again",
    async () => {
      const failures: string[] = [];
      let calls = 0;
      let going = true;
      const calling = (async () => {
        for (; going; calls += 1) {
          const got = await status(web, to("billing"));
          if (got !== 200) failures.push(String(got));
        }
      })();
      try {
        await consul.kill();
        await new Promise((resolve) => setTimeout(resolve, 2000));
        await consul.start();
        await catalog.intend("rogue", "banner", "allow");
        await until(() => reaches(rogue, to("banner")), "the new intention counts", 30_000);
      } finally {
        going = false;
        await calling;
      }
      expectEqual(failures, [], `failed of ${calls} requests`);
      expectThat(calls > 20, `only ${calls} requests were made`);
    },
  );
}

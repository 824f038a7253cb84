// Certificates change on disk and in the mesh while long-lived connections are open: new connections use the new
// material, open ones and all other services are untouched, Envoy is not restarted and no listener changes.
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EnvoyAdmin } from "../../src/runtime/envoy/admin";
import { dial, type MeshConnection, probe, request } from "../../tools/demo/mesh-client";
import { makeCa } from "../../tools/demo/pki";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, type Rig, startRig } from "../support/rig";

describePart("rotation", realEnvoy(), (envoy) => {
  let rig: Rig;
  let live: string;
  let steady: MeshConnection;
  let kept: MeshConnection;
  let pid: number | undefined;
  beforeAll(async () => {
    rig = await startRig(envoy, 20300, ({ portBase, dir }) => {
      // Certificates as Kubernetes mounts them: files → ..data → a directory of this generation.
      live = join(dir, "live");
      mkdirSync(join(live, "..gen-0"), { recursive: true });
      for (const file of ["ca.pem", "client.pem", "client-key.pem"]) {
        copyFileSync(join(dir, file), join(live, "..gen-0", file));
        symlinkSync(join("..data", file), join(live, file));
      }
      symlinkSync("..gen-0", join(live, "..data"));
      return {
        name: "egress",
        datacenter: "dc1",
        bind: { port: portBase },
        services: [
          { name: "banner", address: "127.0.0.1", port: portBase + 3, plaintext: true, allowFrom: ["web"] },
          {
            name: "partner",
            address: "127.0.0.1",
            port: portBase + 2,
            protocol: "http" as const,
            tls: {
              caFile: `${dir}/ca.pem`,
              certFile: `${dir}/client.pem`,
              keyFile: `${dir}/client-key.pem`,
              sni: "partner.external.test",
            },
            allowFrom: ["web"],
          },
          {
            name: "mounted",
            address: "127.0.0.1",
            port: portBase + 2,
            tls: {
              caFile: `${live}/ca.pem`,
              certFile: `${live}/client.pem`,
              keyFile: `${live}/client-key.pem`,
              sni: "partner.external.test",
            },
            allowFrom: ["web"],
          },
        ],
      };
    });
    steady = await dial(await rig.caller("web"), rig.to("banner"));
    kept = await dial(await rig.caller("web"), rig.to("mounted"));
    pid = rig.runtime.envoyPid();
  }, 60_000);
  afterAll(() => rig?.stop());

  /** The client certificate's name that the external service sees on a new upstream connection. */
  const seen = async (service: string): Promise<string> => {
    // TCP services open one upstream connection per caller's connection; a request over it tells the certificate.
    const reply = await request(await rig.caller("web"), rig.to(service), "/");
    return reply.status === 200 ? JSON.parse(reply.body).client : `status ${reply.status}`;
  };
  const untouched = async (): Promise<void> => {
    await steady.echo("still here");
    const reply = await request({ ca: "" }, rig.to("mounted"), "/", { open: kept });
    expect(JSON.parse(reply.body).client).toBe("gateway-1");
    expect(rig.runtime.envoyPid()).toBe(pid);
  };

  test("the client certificate is replaced by symlink swap, as Kubernetes does", async () => {
    expect(await seen("mounted")).toBe("gateway-1");
    const pair = await rig.world.clientCa.client("gateway-2");
    mkdirSync(join(live, "..gen-1"));
    copyFileSync(join(rig.world.dir, "ca.pem"), join(live, "..gen-1", "ca.pem"));
    writeFileSync(join(live, "..gen-1", "client.pem"), pair.certPem);
    writeFileSync(join(live, "..gen-1", "client-key.pem"), pair.keyPem);
    symlinkSync("..gen-1", join(live, "..data_tmp"));
    renameSync(join(live, "..data_tmp"), join(live, "..data"));
    rmSync(join(live, "..gen-0"), { recursive: true });
    await eventually(async () => (await seen("mounted")) === "gateway-2");
    await untouched();
  });

  test("a certificate and key replaced one after the other: the old pair serves until both fit", async () => {
    const pair = await rig.world.clientCa.client("gateway-3");
    const put = (file: string, text: string): void => {
      writeFileSync(join(rig.world.dir, `.${file}.tmp`), text);
      renameSync(join(rig.world.dir, `.${file}.tmp`), join(rig.world.dir, file));
    };
    put("client.pem", pair.certPem);
    await eventually(() => reasonOf("partner") !== undefined);
    expect(reasonOf("partner")).toContain("client-key.pem");
    expect(await seen("partner")).toBe("gateway-1");
    put("client-key.pem", pair.keyPem);
    await eventually(() => reasonOf("partner") === undefined);
    await eventually(async () => {
      await closePools("partner");
      return (await seen("partner")) === "gateway-3";
    });
    await untouched();
  });

  test("the CA file is replaced in place: the new CA's server is trusted, the old one's is not", async () => {
    const other = await makeCa("Another external CA");
    const path = join(live, "ca.pem");
    writeFileSync(path, other.caPem);
    await eventually(async () => (await probe(await rig.caller("web"), rig.to("mounted"), 400)) === "");
    await eventually(async () => (await seen("mounted").catch(() => "refused")) === "refused");
    writeFileSync(path, rig.world.ca.caPem);
    await eventually(async () => (await seen("mounted").catch(() => "refused")) === "gateway-2");
    await untouched();
  });

  test("a CA file with no certificate is refused: the last good one serves, the reason is shown", async () => {
    const path = join(live, "ca.pem");
    writeFileSync(path, "not a certificate\n");
    await eventually(() => reasonOf("mounted") !== undefined);
    expect(reasonOf("mounted")).toContain(path);
    expect(await seen("mounted")).toBe("gateway-2");
    writeFileSync(path, rig.world.ca.caPem);
    await eventually(() => reasonOf("mounted") === undefined);
    await untouched();
  });

  test("the mesh root is rotated: callers of the new root pass, open connections live, no listener changes", async () => {
    const before = await admin().stats("listener_manager.listener_(modified|added|removed)");
    const old = rig.runtime.trust().roots.length;
    await rig.runtime.rotateRoot();
    await eventually(() => rig.runtime.trust().roots.length === old + 1);
    await eventually(async () => (await seen("mounted").catch(() => "refused")) === "gateway-2");
    await untouched();
    expect(await admin().stats("listener_manager.listener_(modified|added|removed)")).toEqual(before);
  });

  function admin(): EnvoyAdmin {
    if (rig.runtime.admin === undefined) throw new Error("no Envoy");
    return rig.runtime.admin;
  }

  function reasonOf(service: string): string | undefined {
    return rig.runtime.status().find((status) => status.name === service)?.reason;
  }

  /** HTTP pools keep upstream connections open; a dozen parallel requests make new ones. */
  async function closePools(service: string): Promise<void> {
    const web = await rig.caller("web");
    await Promise.all(Array.from({ length: 12 }, () => request(web, rig.to(service), "/").catch(() => undefined)));
  }
});

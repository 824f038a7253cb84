// Which Envoys the gateway runs on: the oldest supported one enforces what the newest does; 1.36 is refused, with the reason.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locateEnvoy } from "../../src/runtime/envoy/locate";
import { probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { describePart, realEnvoy } from "../support/real-parts";
import { manifestText, startRig } from "../support/rig";

const PORT = 20800;
const REASON = /1\.36\.4.*upstream_connect_mode|upstream_connect_mode.*1\.36\.4/s;

describePart("the oldest supported Envoy, 1.37.0", realEnvoy("1.37.0"), (envoy) => {
  test("allowed, denied, and not one connection before a client has proved who it is", async () => {
    const rig = await startRig(envoy, PORT, ({ portBase, dir }) => ({
      name: "egress",
      datacenter: "dc1",
      bind: { port: portBase },
      services: [
        { name: "banner", address: "127.0.0.1", port: portBase + 3, plaintext: true, allowFrom: ["web"] },
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
    try {
      const web = await rig.caller("web");
      expect(await probe(web, rig.to("banner"))).toBe(`${BANNER}hello\r\n`);
      expect((await request(web, rig.to("billing"), "/")).status).toBe(200);
      const before = rig.world.services.banner.connections();
      expect(await probe(await rig.caller("rogue"), rig.to("banner"))).toBe("");
      expect(await probe({ ca: web.ca }, rig.to("banner"))).toBe("");
      expect(rig.world.services.banner.connections()).toBe(before);
    } finally {
      await rig.stop();
    }
  }, 60_000);
});

describePart("Envoy 1.36.4", realEnvoy("1.36.4"), (envoy) => {
  test("is refused by the locator, with the reason", async () => {
    const located = await locateEnvoy({ path: envoy, env: {} });
    expect(located.ok).toBe(false);
    expect(JSON.stringify(located)).toMatch(REASON);
  });

  test("consul-tgw run exits 2 and says why", () => {
    const dir = mkdtempSync(join(tmpdir(), "tgw-"));
    try {
      const manifest = join(dir, "manifest.json");
      writeFileSync(manifest, manifestText({ name: "egress", datacenter: "dc1", bind: { port: PORT } }));
      const cli = join(__dirname, "../../bin/consul-tgw.js");
      const place = ["--manifest", manifest, "--state-dir", join(dir, "state"), "--run-dir", join(dir, "run")];
      const ended = spawnSync(process.execPath, [cli, "run", ...place, "--envoy-path", envoy], {
        encoding: "utf8",
        timeout: 20_000,
      });
      expect(ended.stderr).toMatch(REASON);
      expect(ended.status).toBe(2);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

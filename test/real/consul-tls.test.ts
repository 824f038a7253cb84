// Servers that demand a client certificate: CAs from a directory, and all of it replaced while the source runs, on the oldest
// and the newest server.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/runtime/ports";
import { type OpenAccess, openConsulAccess } from "../../src/runtime/source/consul/open-access";
import { type ConsulFlags, parseConsulSettings } from "../../src/runtime/source/consul/settings";
import { makeCa, type Pair, type PrivateCa } from "../../tools/demo/pki";
import { type Watched, watchConsul } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";
import { sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_700 },
  { version: "1.8.19", old: true, portBase: 22_710 },
] as const;
const SERVER = "server.dc1.consul";

jest.setTimeout(120_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("with client certificates", realConsul(version), (binary) => {
    const dir = mkdtempSync(join(tmpdir(), "tgw-tls-"));
    const warnings: string[] = [];
    let cas: readonly [PrivateCa, PrivateCa];
    let consul: ConsulServer;
    const running: Watched[] = [];

    const write = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    const writeClient = ({ certPem, keyPem }: Pair) => ({
      clientCert: write("client.pem", certPem),
      clientKey: write("client-key.pem", keyPem),
    });
    const open = async (client: ConsulFlags): Promise<Watched> => {
      const flags = {
        consulAddr: [`https://127.0.0.1:${portBase + 4}`],
        caPath: join(dir, "cas"),
        tlsServerName: SERVER,
      };
      const env = { CONSUL_HTTP_TOKEN: consul.token };
      const settings = parseConsulSettings({ ...flags, ...client }, env, "host");
      if (!settings.ok || settings.value === undefined) throw new Error(JSON.stringify(settings));
      const quiet = (): void => undefined;
      const log = { debug: quiet, info: quiet, warn: (text: string) => void warnings.push(text), error: quiet };
      const opened = await openConsulAccess(settings.value, { clock: systemClock, random: Math.random, log });
      if (!opened.ok) throw new Error(JSON.stringify(opened.error));
      const { access }: OpenAccess = opened.value;
      const watched = watchConsul(access);
      running.push(watched);
      return watched;
    };
    const link = (...names: readonly string[]) =>
      consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: names.map((Name) => ({ Name })),
      });
    const restart = async (trusted: string, signer: PrivateCa): Promise<void> => {
      const { certPem, keyPem } = await signer.server(SERVER, "127.0.0.1");
      consul.setTls({ caPem: trusted, certPem, keyPem, verifyIncoming: true });
      await consul.kill();
      await consul.start();
    };
    const follows = async (watched: Watched, ...names: readonly string[]): Promise<void> => {
      await link(...names);
      await watched.until("links", ({ links }) => links.map(({ name }) => name).join() === names.join(), 30_000);
    };

    beforeAll(async () => {
      cas = [await makeCa("First CA"), await makeCa("Second CA")];
      mkdirSync(join(dir, "cas"));
      write("cas/first.pem", cas[0].caPem);
      const { certPem, keyPem } = await cas[0].server(SERVER, "127.0.0.1");
      const tls = { caPem: cas[0].caPem, certPem, keyPem, verifyIncoming: true };
      consul = await startConsulServer({ binary, old, portBase, tls });
    });
    afterAll(async () => {
      for (const watched of running) watched.stop();
      await consul?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    test("without one it is not let in, and says why", async () => {
      const watched = await open({});
      await watched.problem(
        "links",
        undefined,
        "closed the connection: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        5_000,
      );
      watched.stop();
    });

    test("CAs and the client's certificate are replaced while it runs, and the server then trusts the new ones alone", async () => {
      const watched = await open(writeClient(await cas[0].client("gateway")));
      await follows(watched, "a");
      const [first, second] = cas;
      await restart(first.caPem + second.caPem, first);
      await follows(watched, "a", "b");
      // The certificate is there before its key: until then, and with a wrong key, the old ones stay.
      const next = await second.client("gateway");
      write("client.pem", next.certPem);
      const said = (): readonly string[] => warnings.filter((text) => text.startsWith("TLS files"));
      // Files are looked at when something is asked.
      for (let look = 0; look < 10 && said().length === 0; look += 1) {
        await follows(watched, look % 2 === 0 ? "b" : "a");
        await sleep(1_100);
      }
      expect(said()).toEqual(["TLS files for Consul cannot be used, the last good ones stay"]);
      write("client-key.pem", next.keyPem);
      write("cas/second.pem", second.caPem);
      await restart(second.caPem, second);
      await follows(watched, "c");
    });
  });
});

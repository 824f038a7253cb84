// Every protocol in every TLS mode through a real Envoy: tcp, http, http2 and grpc; plaintext, one-way and mutual TLS;
// several instances with weights; hostnames; and a server whose certificate has another name.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Protocol, ServiceProps, TlsProps } from "../../src/model/props";
import { type External, startBanner, startHttp, startHttp2 } from "../../tools/demo/external";
import { dial, probe, request } from "../../tools/demo/mesh-client";
import type { World } from "../../tools/demo/world";
import { describePart, realEnvoy } from "../support/real-parts";
import { type Rig, startRig } from "../support/rig";

describePart("protocols and TLS modes", realEnvoy(), (envoy) => {
  const MODES = ["plaintext", "tls", "mutual"] as const;
  type Mode = (typeof MODES)[number];
  const BASE = 20500;
  const port = (protocol: Protocol, mode: Mode): number =>
    BASE + 10 + 3 * ["tcp", "http", "http2", "grpc"].indexOf(protocol) + MODES.indexOf(mode);

  let rig: Rig;
  const extra: External[] = [];
  const tls = (dir: string, mode: Mode): { plaintext: true } | { tls: TlsProps } => {
    if (mode === "plaintext") return { plaintext: true };
    const client = mode === "mutual" ? { certFile: `${dir}/client.pem`, keyFile: `${dir}/client-key.pem` } : {};
    return { tls: { caFile: `${dir}/ca.pem`, sni: "matrix.external.test", ...client } };
  };
  const matrix = ({ dir }: World): ServiceProps[] =>
    (["tcp", "http", "http2", "grpc"] as const).flatMap((protocol) =>
      MODES.map((mode) => ({
        name: `${protocol}-${mode}`,
        address: "127.0.0.1",
        port: port(protocol, mode),
        protocol,
        allowFrom: ["web"],
        ...tls(dir, mode),
      })),
    );

  beforeAll(async () => {
    rig = await startRig(envoy, BASE, (world) => ({
      name: "egress",
      datacenter: "dc1",
      bind: { port: BASE },
      services: [
        ...matrix(world),
        {
          name: "pool",
          instances: [
            { address: "127.0.0.2", port: BASE + 4, weight: 1 },
            { address: "127.0.0.3", port: BASE + 4, weight: 3 },
          ],
          plaintext: true,
          allowFrom: ["web"],
        },
        {
          name: "byname",
          address: "localhost",
          port: BASE + 5,
          protocol: "http",
          tls: { caFile: `${world.dir}/ca.pem` },
          allowFrom: ["web"],
        },
        {
          name: "names",
          instances: [
            { address: "localhost", port: BASE + 7 },
            { address: "localhost", port: BASE + 8 },
          ],
          plaintext: true,
          allowFrom: ["web"],
        },
        {
          name: "byname-kept-host",
          address: "localhost",
          port: BASE + 5,
          protocol: "http",
          tls: { caFile: `${world.dir}/ca.pem` },
          disableAutoHostRewrite: true,
          allowFrom: ["web"],
        },
        {
          name: "othername",
          address: "127.0.0.1",
          port: BASE + 1,
          tls: { caFile: `${world.dir}/ca.pem`, sni: "wrong.external.test" },
          allowFrom: ["web"],
        },
        {
          name: "noname",
          address: "127.0.0.1",
          port: BASE + 1,
          tls: { caFile: `${world.dir}/ca.pem` },
          allowFrom: ["web"],
        },
        {
          name: "unverified",
          address: "127.0.0.1",
          port: BASE + 1,
          tls: { insecureSkipVerify: true },
          allowFrom: ["web"],
        },
      ],
    }));
    for (const each of [7, 8]) extra.push(await startBanner(`name ${each}\r\n`, "127.0.0.1", BASE + each));
    const pair = await rig.world.ca.server("matrix.external.test");
    for (const mode of MODES) {
      const base = {
        address: "127.0.0.1",
        ...(mode === "plaintext" ? {} : { pair }),
        ...(mode === "mutual" ? { clientCa: rig.world.clientCa.caPem } : {}),
      };
      extra.push(await startHttp({ ...base, name: `tcp-${mode}`, port: port("tcp", mode) }));
      extra.push(await startHttp({ ...base, name: `http-${mode}`, port: port("http", mode) }));
      extra.push(await startHttp2({ ...base, port: port("http2", mode) }));
      extra.push(await startHttp2({ ...base, port: port("grpc", mode) }));
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(extra.map((one) => one.close()));
    await rig?.stop();
  });

  describe.each(MODES)("%s", (mode) => {
    test.each(["tcp", "http"])("%s", async (protocol) => {
      const reply = await request(await rig.caller("web"), rig.to(`${protocol}-${mode}`), "/path");
      expect(reply.status).toBe(200);
      const answer = JSON.parse(reply.body);
      expect(answer).toMatchObject({ service: `${protocol}-${mode}`, path: "/path" });
      expect(answer.client).toBe(mode === "mutual" ? "gateway-1" : "");
    });

    test("http2: ten requests in parallel", async () => {
      const session = await http2(`http2-${mode}`);
      const replies = await Promise.all(Array.from({ length: 10 }, (_, i) => post(session, "text/plain", `body ${i}`)));
      expect(replies.map((reply) => reply.body)).toEqual(Array.from({ length: 10 }, (_, i) => `body ${i}`));
      session.close();
    });

    test("grpc: message and trailers", async () => {
      const session = await http2(`grpc-${mode}`);
      const reply = await post(session, "application/grpc", "\0\0\0\0\u0002hi");
      expect(reply).toEqual({ status: 200, body: "\0\0\0\0\u0002hi", trailers: { "grpc-status": "0" } });
      session.close();
    });
  });

  test("several instances share the load by their weights", async () => {
    const web = await rig.caller("web");
    const seen = { "pool 127.0.0.2\r\n": 0, "pool 127.0.0.3\r\n": 0 };
    for (let i = 0; i < 40; i += 1) {
      const open = await dial(web, rig.to("pool"));
      seen[(await open.until((text) => text.includes("\n"))) as keyof typeof seen] += 1;
      open.close();
    }
    expect(seen).toEqual({ "pool 127.0.0.2\r\n": 10, "pool 127.0.0.3\r\n": 30 });
  });

  test("all hostnames of a service are used", async () => {
    const web = await rig.caller("web");
    const seen = new Set<string>();
    for (let i = 0; i < 8; i += 1) {
      const open = await dial(web, rig.to("names"));
      seen.add(await open.until((text) => text.includes("\n")));
      open.close();
    }
    expect([...seen].sort()).toEqual(["name 7\r\n", "name 8\r\n"]);
  });

  test("a hostname is resolved, its name verified, and the Host header rewritten unless told otherwise", async () => {
    const web = await rig.caller("web");
    const host = async (service: string) =>
      JSON.parse((await request(web, rig.to(service), "/")).body).headers.host as string;
    expect(await host("byname")).toBe("localhost");
    expect(await host("byname-kept-host")).toBe(rig.to("byname-kept-host").sni);
  });

  test("a server with another name is refused, by SNI and by address; unverified TLS is what it says", async () => {
    const web = await rig.caller("web");
    const get = async (service: string) => (await request(web, rig.to(service), "/").catch(() => undefined))?.status;
    expect(await get("othername")).toBeUndefined();
    expect(await get("noname")).toBeUndefined();
    expect(await get("unverified")).toBe(200);
  });

  test("a client that is not ours: Python's ssl module", async () => {
    const web = await rig.caller("web");
    const file = (name: string, text: string): string => {
      writeFileSync(join(rig.dir, name), text, { mode: 0o600 });
      return join(rig.dir, name);
    };
    const { host, port: gateway, sni } = rig.to("http-tls");
    const script = `
import socket, ssl, sys
ca, cert, key, host, port, sni = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(ca)
context.load_cert_chain(cert, key)
context.check_hostname = False
with socket.create_connection((host, int(port)), 5) as raw, context.wrap_socket(raw, server_hostname=sni) as tls:
    tls.sendall(b"GET /python HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n")
    data = b""
    while chunk := tls.recv(4096):
        data += chunk
    print(tls.version(), dict(tls.getpeercert())["subjectAltName"][0][1], data.split(b"\\r\\n")[0].decode(), b"/python" in data)
`;
    const certs = [
      file("roots.pem", web.ca),
      file("web.pem", web.cert as string),
      file("web-key.pem", web.key as string),
    ];
    // Not the blocking kind: the external service runs in this process.
    const { stdout } = await promisify(execFile)("python3", ["-c", script, ...certs, host, String(gateway), sni], {
      timeout: 15_000,
    });
    expect(stdout.trim()).toBe(`TLSv1.3 ${rig.to("http-tls").spiffe} HTTP/1.1 200 OK True`);
  });

  test("no service answers for another", async () => {
    expect(await probe(await rig.caller("web"), rig.to("not-declared"))).toBe("");
  });

  async function http2(service: string): Promise<ClientHttp2Session> {
    const connection = await dial(await rig.caller("web"), rig.to(service));
    connection.socket.removeAllListeners("data");
    return connectHttp2(`https://${service}`, { createConnection: () => connection.socket });
  }

  function post(session: ClientHttp2Session, type: string, body: string) {
    return new Promise<{ status: number; body: string; trailers: Record<string, string> }>((resolve, reject) => {
      const stream = session.request({ ":method": "POST", ":path": "/", "content-type": type, te: "trailers" });
      let status = 0;
      let text = "";
      const trailers: Record<string, string> = {};
      stream.setTimeout(5000, () => reject(new Error("no answer in time")));
      stream.on("response", (headers) => {
        status = Number(headers[":status"]);
      });
      stream.on("trailers", (headers) => {
        if (headers["grpc-status"] !== undefined) trailers["grpc-status"] = String(headers["grpc-status"]);
      });
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      stream.on("end", () => resolve({ status, body: text, trailers }));
      stream.on("error", reject);
      stream.end(Buffer.from(body, "latin1"));
    });
  }
});

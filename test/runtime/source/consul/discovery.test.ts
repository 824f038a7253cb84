// One name for all servers: each of its addresses is a server of its own, and the name is looked up again.
import { type ConsulAccess, parseConsulAddress } from "../../../../src/runtime/source/consul/access";
import { discoverServers } from "../../../../src/runtime/source/consul/discovery";
import { type ConsulHttp, makeConsulHttp } from "../../../../src/runtime/source/consul/http";
import { type FakeConsul, startFakeConsul } from "../../../support/consul-fake";
import { makeFakeClock, makeLog, settle } from "../support";

const PORT = 21_190;

function addressOf(text: string) {
  const address = parseConsulAddress(text);
  if (!address.ok) throw new Error(text);
  return address.value;
}

const NAME = addressOf(`http://consul.test:${PORT}`);
const at = (...ips: string[]) => ips.map((ip) => ({ ...NAME, ip }));

describe("a name", () => {
  const clock = makeFakeClock();

  test("with several addresses is several servers, in one order whatever the resolver's", async () => {
    const other = addressOf("10.0.0.1");
    const resolve = async () => ["10.1.0.2", "10.1.0.1", "10.1.0.2"];
    const discovery = await discoverServers({ addresses: [NAME, other], clock, log: makeLog(), resolve });
    expect(discovery?.addresses()).toEqual([...at("10.1.0.1", "10.1.0.2"), other]);
  });

  test("with one address stays a name, so that whatever stands before it is addressed by name", async () => {
    const discovery = await discoverServers({
      addresses: [NAME],
      clock,
      log: makeLog(),
      resolve: async () => ["10.1.0.1"],
    });
    expect(discovery?.addresses()).toEqual([NAME]);
  });

  test("is not looked up where there is none", async () => {
    const resolve = () => Promise.reject(new Error("asked"));
    const addresses = ["http://127.0.0.1", "http://[::1]", "localhost", "unix:///sock"].map(addressOf);
    expect(await discoverServers({ addresses, clock, log: makeLog(), resolve })).toBeUndefined();
  });

  test("is looked up again while it is followed: changes are told, failures leave what is known", async () => {
    const answers = [["10.1.0.1", "10.1.0.2"], ["10.1.0.1", "10.1.0.2"], undefined, ["10.1.0.1", "10.1.0.3"]];
    const resolve = async () => answers.shift() ?? Promise.reject(new Error("ENOTFOUND"));
    const discovery = await discoverServers({ addresses: [NAME], clock, log: makeLog(), resolve, againMs: 1_000 });
    const told: unknown[] = [];
    const stop = discovery?.follow(() => told.push(discovery.addresses()));
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(told).toEqual([]);
    expect(discovery?.addresses()).toEqual(at("10.1.0.1", "10.1.0.2"));
    await clock.advance(1_000);
    expect(told).toEqual([at("10.1.0.1", "10.1.0.3")]);
    stop?.();
    answers.push(["10.1.0.9", "10.1.0.8"]);
    await clock.advance(10_000);
    expect(told).toHaveLength(1);
  });

  test("that no resolver answers holds up nobody", async () => {
    const slow = discoverServers({
      addresses: [NAME],
      clock,
      log: makeLog(),
      resolve: () => new Promise(() => undefined),
    });
    await clock.advance(1_000);
    expect((await slow)?.addresses()).toEqual([NAME]);
  });
});

describe("requests", () => {
  const hosts = ["127.0.0.2", "127.0.0.3"] as const;
  const fakes: FakeConsul[] = [];
  const clients: ConsulHttp[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const fake of fakes.splice(0)) await fake.stop();
  });

  test("go to one of the addresses under the name, and to another when it is gone", async () => {
    const clock = makeFakeClock();
    const log = makeLog();
    for (const host of hosts) fakes.push(await startFakeConsul(PORT, () => ({ body: host }), host));
    const answers: string[][] = [[...hosts], [hosts[1], "127.0.0.4"]];
    const resolve = async () => answers.shift() ?? [];
    const discovery = await discoverServers({ addresses: [NAME], clock, log, resolve, againMs: 1_000 });
    const access: ConsulAccess = { addresses: [NAME], token: () => undefined, ...(discovery && { discovery }) };
    const http = makeConsulHttp(access, { clock, random: () => 0, log });
    clients.push(http);
    expect((await http.get({ path: "/v1/x" })).body).toBe("127.0.0.2");
    expect(fakes[0]?.requests[0]?.host).toBe(`consul.test:${PORT}`);
    expect(http.server().name).toBe(`http://consul.test:${PORT} (127.0.0.2)`);
    await clock.advance(1_000);
    await settle();
    expect((await http.get({ path: "/v1/x" })).body).toBe("127.0.0.3");
    // The other new one is nowhere: it is passed over.
    await fakes[1]?.stop();
    await expect(http.get({ path: "/v1/x" })).rejects.toThrow(/127\.0\.0\.3/);
    expect(http.server().name).toContain("127.0.0.4");
  });
});

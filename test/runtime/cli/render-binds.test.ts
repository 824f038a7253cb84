// `consul-tgw render` with the flags of where to listen: the process that is rendered comes to the same as `run` with these flags.
import { main } from "../../../src/runtime/cli";
import { type Exposure, parseExposure, resolveExposure } from "../../../src/runtime/source/consul/exposure";

const ON_CONSUL = ["--gateway", "egress", "--consul-addr", "https://c1:8501"];

/** The words after `run` of the rendered script. */
async function words(...flags: readonly string[]): Promise<readonly string[]> {
  const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  const code = await main(["render", "shell", ...ON_CONSUL, ...flags]);
  const text = write.mock.calls.join("");
  write.mockRestore();
  expect(code).toBe(0);
  return (/exec consul-tgw run (.*)/.exec(text)?.[1] ?? "").replaceAll("'", "").split(" ");
}

function exposureOf(all: readonly string[]): Exposure {
  const of = (flag: string): readonly string[] => all.flatMap((each, i) => (each === flag ? [all[i + 1] ?? ""] : []));
  const [[address], [wanAddress], [port], bindAddress] = [
    of("--address"),
    of("--wan-address"),
    of("--port"),
    of("--bind-address"),
  ];
  const given = Object.fromEntries(
    Object.entries({ address, wanAddress, port, ...(bindAddress.length > 0 && { bindAddress }) }).filter(
      ([, each]) => each,
    ),
  );
  const wish = parseExposure(given);
  const exposure = wish.ok ? resolveExposure(wish.value) : wish;
  if (!exposure.ok) throw new Error(JSON.stringify(exposure.error));
  return exposure.value;
}

const at = (...places: readonly string[]): readonly string[] => places.flatMap((each) => ["--bind-address", each]);

test.each<readonly [string, readonly string[], string]>([
  ["two", at("a=10.0.0.1", "b=10.0.0.2"), "--bind-address a=10.0.0.1:8443 --bind-address b=10.0.0.2:8443"],
  [
    "one without a name is told first",
    at("wan=192.0.2.7:9443", "10.0.0.5:443"),
    "--address 10.0.0.5:9443 --bind-address 10.0.0.5:443 --bind-address wan=192.0.2.7:9443",
  ],
  [
    "the first port that is given is what callers are told",
    at("b=10.0.0.2:2", "a=10.0.0.1:1"),
    "--address 10.0.0.1:2 --bind-address a=10.0.0.1:1 --bind-address b=10.0.0.2:2",
  ],
  ["IPv6", at("a=[fd00::1]:1", "b=fd00::2"), "--bind-address a=[fd00::1]:1 --bind-address b=[fd00::2]:1"],
  ["one with a name keeps it", at("lan=10.0.0.5:443"), "--bind-address lan=10.0.0.5:443"],
  ["one without", at("10.0.0.5:443"), "--bind-address 10.0.0.5:443"],
  [
    "with what callers are told",
    [
      "--address",
      "gw.example.com",
      "--port",
      "443",
      "--wan-address",
      "192.0.2.7",
      ...at("a=0.0.0.0", "b=10.0.0.5:9443"),
    ],
    "--address gw.example.com:443 --wan-address 192.0.2.7:443 --bind-address a=0.0.0.0:443 --bind-address b=10.0.0.5:9443",
  ],
])("%s", async (_what, flags, expected) => {
  const told = await words(...flags);
  expect(told.slice(4).join(" ")).toBe(expected);
  const { byFlags: _told, ...exposure } = exposureOf(flags);
  expect(exposureOf(told)).toEqual({ ...exposure, byFlags: true });
});

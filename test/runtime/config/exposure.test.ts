// Where a gateway listens and what callers are told, from flags and manifest.
import { type ExposureFlags, parseExposure, resolveExposure } from "../../../src/runtime/source/consul/exposure";

const DECLARED = { address: "10.9.9.9", port: 9443 };

function expose(flags: ExposureFlags, manifest?: { readonly address: string; readonly port: number }) {
  const wish = parseExposure(flags);
  const exposure = wish.ok ? resolveExposure(wish.value, manifest) : wish;
  if (!exposure.ok) return exposure.error.map(({ path, got }) => `${path}: ${got}`).join();
  const { binds, address, port, wan } = exposure.value;
  const listens = binds.map((bind) => `${bind.name} ${bind.address}:${bind.port}`).join(", ");
  return `${listens} as ${address}:${port}${wan === undefined ? "" : ` and ${wan.address}:${wan.port}`}`;
}

test.each<[ExposureFlags, string]>([
  [{}, "default 127.0.0.1:8443 as 127.0.0.1:8443"],
  [{ port: "1234" }, "default 127.0.0.1:1234 as 127.0.0.1:1234"],
  [{ address: "10.0.0.5" }, "default 10.0.0.5:8443 as 10.0.0.5:8443"],
  [{ address: "10.0.0.5:1234" }, "default 10.0.0.5:1234 as 10.0.0.5:1234"],
  [{ address: "[fd00::5]:1234" }, "default fd00::5:1234 as fd00::5:1234"],
  [{ address: "fd00::5", port: "1234" }, "default fd00::5:1234 as fd00::5:1234"],
  [{ address: "gw.example.com:443", bindAddress: ["0.0.0.0:8443"] }, "default 0.0.0.0:8443 as gw.example.com:443"],
  [{ bindAddress: ["10.0.0.5:1234"] }, "default 10.0.0.5:1234 as 10.0.0.5:1234"],
  [
    { address: "10.0.0.5:1", bindAddress: ["wan=10.0.0.6:2", "lan=10.0.0.5"] },
    "lan 10.0.0.5:1, wan 10.0.0.6:2 as 10.0.0.5:1",
  ],
  [
    { address: "10.0.0.5", wanAddress: "198.51.100.1:443" },
    "default 10.0.0.5:8443 as 10.0.0.5:8443 and 198.51.100.1:443",
  ],
  [{ address: "gw.example.com" }, "--address: the hostname gw.example.com"],
  [{ bindAddress: ["0.0.0.0:1"] }, "--address: nothing, and it listens on 0.0.0.0"],
  [{ bindAddress: ["::"] }, "--address: nothing, and it listens on ::"],
  [{ address: "10.0.0.5:1", port: "2" }, "--port: 2, and 1 in --address"],
])("%j listens on and is told as %s", (flags, text) => {
  expect(expose(flags)).toBe(text);
});

test.each<[ExposureFlags, string]>([
  [{}, "default 10.9.9.9:9443 as 10.9.9.9:9443"],
  [{ address: "gw.example.com" }, "default 10.9.9.9:9443 as gw.example.com:9443"],
  [{ address: "gw.example.com:443" }, "default 10.9.9.9:9443 as gw.example.com:443"],
  [{ address: "gw.example.com:443", bindAddress: ["10.0.0.5:1"] }, "default 10.0.0.5:1 as gw.example.com:443"],
])("with a manifest %j listens on and is told as %s", (flags, text) => {
  expect(expose(flags, DECLARED)).toBe(text);
});

// examples/cdktf compiles and synthesises, by the package's own name, into a manifest that the runtime takes.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeManifest } from "../../../src/model/manifest";

jest.mock("consul-terminating-gateway/cdktf", () => jest.requireActual("../../../src/constructs/cdktf"), {
  virtual: true,
});

test("every kind of service of the demo, where the environment says", () => {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-example-"));
  const { env } = process;
  process.env = { ...env, CDKTF_OUTDIR: outdir, TGW_DEMO_DIR: "/certs", TGW_DEMO_PORT_BASE: "20900" };
  try {
    require("../../../examples/cdktf/main");
    const manifest = JSON.parse(readFileSync(join(outdir, "stacks/egress/egress.manifest.json"), "utf8"));
    const model = decodeManifest(manifest);
    if (!model.ok) throw new Error(JSON.stringify(model.error));
    expect(model.value.bind).toEqual({ address: "127.0.0.1", port: 20900 });
    expect(
      model.value.services.map(({ name, protocol, instances, upstream }) => [
        name,
        protocol,
        instances.map(({ address, port }) => `${address}:${port}`).join(" "),
        upstream.mode === "tls" ? [upstream.caFile, upstream.certFile, upstream.sni] : upstream.mode,
      ]),
    ).toEqual([
      ["api", "http", "127.0.0.1:20906", ["/certs/ca.pem", undefined, "api.external.test"]],
      ["banner", "tcp", "127.0.0.1:20903", "plaintext"],
      ["billing", "http", "127.0.0.1:20901", ["/certs/ca.pem", undefined, "billing.external.test"]],
      ["byname", "http", "localhost:20905", ["/certs/ca.pem", undefined, undefined]],
      ["partner", "tcp", "127.0.0.1:20902", ["/certs/ca.pem", "/certs/client.pem", "partner.external.test"]],
      ["pool", "tcp", "127.0.0.2:20904 127.0.0.3:20904", "plaintext"],
    ]);
    const callers = model.value.services.map(({ intentions }) => intentions.map(({ source }) => source));
    expect(callers).toEqual([["web"], ["web"], ["web"], ["web"], ["web"], ["web"]]);
  } finally {
    process.env = env;
    rmSync(outdir, { recursive: true, force: true });
  }
});

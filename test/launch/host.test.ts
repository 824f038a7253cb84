// The forms for a host: systemd files, cloud-init user data, a shell script.
import { gunzipSync, gzipSync } from "node:zlib";
import { renderLaunch } from "../../src/launch/render-launch";
import { manifestText, service } from "./gateways";
import { rendered, textOf } from "./rendered";

const MANIFEST = manifestText();

test("systemd: the unit, its environment file and the manifest", () => {
  const files = rendered("systemd", MANIFEST, {
    tokenFile: "/etc/egress/token",
    environment: { CONSUL_HTTP_ADDR: "x:1" },
  });
  expect(Object.keys(files)).toEqual(["consul-tgw-egress.service", "egress.env", "egress.manifest.json"]);
  expect(textOf(files, "egress.env")).toBe(
    'CONSUL_HTTP_ADDR="x:1"\nCONSUL_TGW_MANIFEST="/etc/consul-terminating-gateway/egress.manifest.json"\n',
  );
  expect(textOf(files, "egress.manifest.json")).toBe(MANIFEST);
  const unit = textOf(files, "consul-tgw-egress.service").split("\n");
  expect(unit).toContain("LoadCredential=consul-token:/etc/egress/token");
  expect(unit).toContain("EnvironmentFile=/etc/consul-terminating-gateway/egress.env");
  expect(unit).toContain("TimeoutStopSec=30");
});

test("cloud-init writes what the unit names, then starts it", () => {
  const files = rendered("cloud-init", MANIFEST, { directory: "/srv/tgw", setup: ["npm install --global consul-tgw"] });
  const text = textOf(files, "egress.cloud-config.yaml");
  const unit = textOf(rendered("systemd", MANIFEST, { directory: "/srv/tgw" }), "consul-tgw-egress.service");
  const block = (content: string): string => content.replaceAll(/^(?=.)/gm, "      ");
  expect(text).toBe(`#cloud-config
write_files:
  - path: /srv/tgw/egress.manifest.json
    permissions: "0644"
    content: |
${block(MANIFEST)}  - path: /srv/tgw/egress.env
    permissions: "0644"
    content: "CONSUL_TGW_MANIFEST=\\"/srv/tgw/egress.manifest.json\\"\\n"
  - path: /etc/systemd/system/consul-tgw-egress.service
    permissions: "0644"
    content: |
${block(unit)}runcmd:
  - "npm install --global consul-tgw"
  - - systemctl
    - daemon-reload
  - - systemctl
    - enable
    - "--now"
    - consul-tgw-egress.service
`);
});

const many = (count: number): string =>
  manifestText({ services: Array.from({ length: count }, (_, index) => service(`service-${index}`, "10.1.0.9")) });
const gzipBase64 = (text: string): string => gzipSync(text).toString("base64");

test("user data that EC2 would refuse is an issue that says how to shrink it", () => {
  expect(renderLaunch("cloud-init", many(100), {})).toEqual({
    ok: false,
    error: [
      {
        path: "user data",
        got: expect.stringMatching(/^[3-9]\d{4} bytes$/),
        allowed: "at most 16384 bytes",
        hint: expect.stringContaining("compress the manifest (gzip)"),
      },
    ],
  });
  expect(renderLaunch("cloud-init", many(100), { maxBytes: 262_144 }).ok).toBe(true);
});

test("the limit counts bytes, and is what still passes", () => {
  const text = textOf(rendered("cloud-init", MANIFEST, { environment: { NAME: "äöü" } }), "egress.cloud-config.yaml");
  const bytes = Buffer.byteLength(text);
  expect(bytes).toBe(text.length + 3);
  expect(renderLaunch("cloud-init", MANIFEST, { environment: { NAME: "äöü" }, maxBytes: bytes }).ok).toBe(true);
  expect(renderLaunch("cloud-init", MANIFEST, { environment: { NAME: "äöü" }, maxBytes: bytes - 1 }).ok).toBe(false);
});

test("a compressed manifest is what cloud-init unpacks to the manifest", () => {
  const text = textOf(rendered("cloud-init", many(100), { gzipBase64 }), "egress.cloud-config.yaml");
  const found = /^ {4}encoding: "gz\+b64"\n {4}content: "?([\w+/=]+)"?$/m.exec(text);
  expect(gunzipSync(Buffer.from(found?.[1] ?? "", "base64")).toString()).toBe(many(100));
  expect(text).not.toContain("service-7");
});

test("compressed and still too large: the issue does not tell to compress", () => {
  const result = renderLaunch("cloud-init", many(100), { gzipBase64, maxBytes: 1024 });
  expect(result).toMatchObject({
    ok: false,
    error: [{ path: "user data", hint: expect.not.stringContaining("gzip") }],
  });
});

test("shell: a script that becomes the process", () => {
  const files = rendered("shell", MANIFEST, {
    command: ["npx", "consul-tgw"],
    runDir: "/run/it's here",
    tokenFile: "/etc/egress/a token",
    environment: { CONSUL_HTTP_ADDR: "https://consul.example.com:8501" },
    arguments: ["--log-level", "warn", "--", "-l", "$HOME"],
  });
  expect(files).toEqual({
    "egress.manifest.json": MANIFEST,
    "egress.sh": `#!/bin/sh
# Runs a Consul terminating gateway in the foreground. SIGTERM drains and stops it, SIGHUP reads the manifest anew.
set -eu
here="$(cd -- "$(dirname -- "$0")" && pwd)"
export CONSUL_HTTP_ADDR=https://consul.example.com:8501
export CONSUL_HTTP_TOKEN_FILE='/etc/egress/a token'
exec npx consul-tgw run --manifest "$here"/egress.manifest.json --run-dir '/run/it'\\''s here' --log-level warn -- -l '$HOME'
`,
  });
});

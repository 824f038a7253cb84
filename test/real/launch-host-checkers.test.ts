// What systemd, cloud-init and Nomad themselves say of the rendered texts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayInConsul } from "../../src/launch/source";
import { EVERY_FORM } from "../launch/every-form";
import { manifestText } from "../launch/gateways";
import { rendered, textOf } from "../launch/rendered";
import {
  cloudConfigMistakes,
  describeCloudInit,
  describeSystemd,
  unitExposure,
  unitMistakes,
} from "../support/host-checkers";
import { launchCheckers, yamlDocuments } from "../support/launch-checkers";
import { describePart, realNomadCheck } from "../support/real-parts";

const MANIFEST = manifestText({ port: 443 });
const ON_CONSUL: GatewayInConsul = { gatewayName: "egress" };
const CONSUL = {
  consulAddr: ["https://c1:8501"],
  caFile: "/etc/consul/ca.pem",
  address: "10.0.0.5",
  bind: { address: "0.0.0.0", port: 443 },
};
const SOURCES = [
  ["a manifest", MANIFEST, {}],
  ["Consul alone", ON_CONSUL, { consul: CONSUL }],
] as const;

describeSystemd("systemd-analyze", () => {
  const NAME = "consul-tgw-egress.service";
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "unit-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  // A program that is there.
  const command = [process.execPath, "/opt/a b/100%.js"];

  test.each(SOURCES)("has nothing against the unit of %s", (_what, source, consul) => {
    const options = { ...EVERY_FORM.systemd, ...consul, command, arguments: ["--replica", "a$b;c"] };
    const unit = textOf(rendered("systemd", source, options), NAME);
    expect(unitMistakes(folder, NAME, unit)).toBe("");
    expect(unitMistakes(folder, NAME, unit.replace("UMask=", "UMaks="))).toMatch(/Unknown key (name )?'UMaks'/);
  });

  test("finds a process of a declared gateway little exposed", () => {
    const unit = textOf(rendered("systemd", manifestText({ port: 8443 }), { command }), NAME);
    expect(unitMistakes(folder, NAME, unit)).toBe("");
    expect(unitExposure(folder, NAME)).toBeLessThan(4);
  });
});

describeCloudInit("cloud-init's schema", (schema) => {
  describePart("with a YAML reader", launchCheckers(), (checkers) => {
    const read = (text: string) => yamlDocuments(checkers, text, "1.1")[0] as { write_files: object[] };
    const options = { ...EVERY_FORM["cloud-init"], setup: ["echo ready"], gzipBase64: (text: string) => btoa(text) };

    test.each(SOURCES)("takes the user data of %s", (_what, source, consul) => {
      const files = rendered("cloud-init", source, { ...options, ...consul });
      const document = read(textOf(files, "egress.cloud-config.yaml"));
      expect(cloudConfigMistakes(schema, document)).toEqual([]);
      const [first, ...others] = document.write_files;
      const wrong = { ...document, write_files: [{ ...first, mode: "0644" }, ...others] };
      expect(cloudConfigMistakes(schema, wrong).join("\n")).toContain('{"additionalProperty":"mode"}');
    });
  });
});

describePart("Nomad's own validation and its docker driver", realNomadCheck(), (binary) => {
  const check = (text: string): string =>
    spawnSync(binary, { input: text, encoding: "utf8", timeout: 20_000, env: { PATH: process.env.PATH } }).stdout;

  test.each(SOURCES)("have nothing against the job of %s", (_what, source, consul) => {
    const options = { ...EVERY_FORM.nomad, ...consul, namespace: "mesh", datacenters: ["a", "b"] };
    const job = textOf(rendered("nomad", source, options), "egress.nomad.json");
    expect(check(job)).toBe("");
    expect(check(job.replace('"CPU"', '"Cpus"'))).toBe('json: unknown field "Cpus"\n');
    expect(check(job.replace('"Count": 1', '"Count": -1'))).toContain("count can't be negative");
    expect(check(job.replace('"cap_drop"', '"cap_dropp"'))).toContain('named "cap_dropp"');
  });

  test("have nothing against several places to listen on", () => {
    const binds = { lan: { address: "0.0.0.0", port: 9443 }, wan: { address: "0.0.0.0", port: 443 } };
    const consul = { consulAddr: ["https://c1:8501"], address: "10.0.0.5", binds };
    const job = textOf(rendered("nomad", MANIFEST, { ...EVERY_FORM.nomad, consul }), "egress.nomad.json");
    expect(check(job)).toBe("");
    expect(check(job.replace('"Value": 443', '"Value": 9443'))).toContain("9443 already reserved");
  });
});

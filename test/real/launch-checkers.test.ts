// What the real tools say of the rendered texts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startScript, stopScript } from "../../src/launch/local-exec";
import { remoteScripts, sshScripts } from "../../src/launch/ssh";
import { yamlText } from "../../src/launch/yaml";
import { EVERY_FORM } from "../launch/every-form";
import { manifestText, service } from "../launch/gateways";
import { rendered, textOf } from "../launch/rendered";
import {
  composeConfig,
  kubernetesErrors,
  launchCheckers,
  shellcheck,
  taskDefinitionErrors,
  yamlDocuments,
} from "../support/launch-checkers";
import { describePart } from "../support/real-parts";

const MANIFEST = manifestText({ port: 443 });
const TWO = manifestText({ port: 443, services: [service("orders", "10.0.0.10")] });

describePart("launch texts", launchCheckers(), (checkers) => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "launch-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("YAML 1.1 and 1.2 parsers read back what was written", () => {
    const value = {
      texts: [
        "",
        "yes",
        "no",
        "Null",
        "~",
        "0x1f",
        "1e3",
        "1:30",
        "2026-01-02",
        "<<",
        "=",
        "- a",
        "a: b",
        "a #b",
        "&a",
        "*a",
      ],
      lines: [
        "one\ntwo\n",
        "one\n\n  two\n",
        "one\n",
        "\none\n",
        "a\ttab\nb\n",
        "trail \nb\n",
        "# no comment\nb\n",
        "---\nb\n",
      ],
      odd: ["ä€😀", "a\u0085b", "a\u2028b\n c\n", "\ufeffx", "\u007f", 'it\'s "q" \\ %', "!tag", "|", ">", "a\r\nb\n"],
      nested: [[["x"], []], [{ a: { b: [{ c: true, d: 1.5 }] } }], {}],
      "key: with # signs": { on: "on", "8443": 8443 },
    };
    const text = yamlText(value);
    expect(yamlDocuments(checkers, text, "1.2")).toEqual([value]);
    expect(yamlDocuments(checkers, text, "1.1")).toEqual([value]);
  });

  test("Kubernetes' own schemas", () => {
    const text = textOf(rendered("kubernetes", MANIFEST, EVERY_FORM.kubernetes), "egress.kubernetes.yaml");
    const objects = yamlDocuments(checkers, text, "1.1") as { kind: string; data?: object }[];
    expect(objects.map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment", "Service"]);
    expect(objects[0]?.data).toEqual({ "manifest.json": MANIFEST });
    expect(objects.flatMap((each) => kubernetesErrors(checkers, each))).toEqual([]);
    const wrong = { ...objects[1], spec: { replicas: "1", replica: 1 } };
    const found = kubernetesErrors(checkers, wrong).join("\n");
    expect(found).toMatch(/\/spec\/replicas must be integer/);
    expect(found).toContain('{"additionalProperty":"replica"}');
  });

  test("Compose reads the project, and sees the same container when a service is linked", () => {
    const project = join(folder, "project");
    const options = { ...EVERY_FORM.compose, environment: { PRICE: "$HOME" } };
    const files = rendered("compose", MANIFEST, options);
    const config = JSON.parse(composeConfig(checkers, project, files, ["--format", "json"]));
    expect(config.services.gateway).toMatchObject({
      command: expect.arrayContaining(["run", "--state-dir"]),
      // Compose writes a dollar sign of the text as two.
      environment: { PRICE: "$$HOME" },
      sysctls: { "net.ipv4.ip_unprivileged_port_start": "443" },
      stop_grace_period: "30s",
      volumes: expect.arrayContaining([
        expect.objectContaining({ type: "bind", source: join(project, "egress"), read_only: true }),
      ]),
    });
    const hash = (manifest: string): string =>
      composeConfig(checkers, project, rendered("compose", manifest, options), ["--hash", "*"]);
    const before = hash(MANIFEST);
    expect(before).toMatch(/^gateway [0-9a-f]{64}\n$/);
    expect(hash(TWO)).toBe(before);
    expect(hash(manifestText({ port: 8443 }))).not.toBe(before);
  });

  test("several places to listen on are what Kubernetes, Compose and AWS take", () => {
    const binds = { lan: { address: "0.0.0.0", port: 9443 }, wan: { address: "0.0.0.0", port: 443 } };
    const consul = { consulAddr: ["https://c1:8501"], address: "10.0.0.5", binds };
    const kubernetes = textOf(
      rendered("kubernetes", MANIFEST, { ...EVERY_FORM.kubernetes, consul }),
      "egress.kubernetes.yaml",
    );
    const objects = yamlDocuments(checkers, kubernetes, "1.1");
    expect(objects.flatMap((each) => kubernetesErrors(checkers, each))).toEqual([]);
    const compose = rendered("compose", MANIFEST, { ...EVERY_FORM.compose, consul });
    const config = JSON.parse(composeConfig(checkers, join(folder, "binds"), compose, ["--format", "json"]));
    expect(config.services.gateway.ports).toMatchObject([{ target: 9443 }, { target: 443 }]);
    const ecs = rendered("ecs", MANIFEST, { ...EVERY_FORM.ecs, consul });
    const containerDefinitions = JSON.parse(textOf(ecs, "egress.containers.json"));
    const volumes = JSON.parse(textOf(ecs, "egress.volumes.json"));
    expect(taskDefinitionErrors(checkers, { family: "egress", containerDefinitions, volumes })).toBe("");
  });

  test("AWS's own model of a task definition", () => {
    const files = rendered("ecs", MANIFEST, {
      ...EVERY_FORM.ecs,
      logs: { group: "/ecs/egress", region: "eu-west-1" },
    });
    const input = {
      family: "egress",
      containerDefinitions: JSON.parse(textOf(files, "egress.containers.json")),
      volumes: JSON.parse(textOf(files, "egress.volumes.json")),
    };
    expect(taskDefinitionErrors(checkers, input)).toBe("");
    const wrong = { ...input, containerDefinitions: [{ ...input.containerDefinitions[0], ports: [] }] };
    expect(taskDefinitionErrors(checkers, wrong)).toMatch(/Unknown parameter in containerDefinitions\[0\]: "ports"/);
  });

  test("ShellCheck has nothing to say of any script", () => {
    const script = textOf(
      rendered("shell", MANIFEST, { tokenFile: "/etc/a b", runDir: "/run/x", environment: { A: "it's $x `y`" } }),
      "egress.sh",
    );
    expect(shellcheck(checkers, script)).toBe("");
    expect(shellcheck(checkers, script.replace('"$here"', "$here"))).toContain("SC2086");
    expect(shellcheck(checkers, startScript(["npx", "consul-tgw"], ["--log-level", "it's"]))).toBe("");
    expect(shellcheck(checkers, stopScript())).toBe("");
    const gateway = { gatewayName: "egress", bindPort: 8443, readsManifest: true };
    for (const each of Object.values(sshScripts(gateway, { host: "h", directory: "/srv/a place" }))) {
      expect(shellcheck(checkers, each)).toBe("");
    }
    for (const each of Object.values(remoteScripts(gateway, { directory: "/srv/a place" }))) {
      expect(shellcheck(checkers, each)).toBe("");
    }
  });

  test("cloud-config is the YAML that cloud-init's parser reads", () => {
    const text = textOf(rendered("cloud-init", MANIFEST, EVERY_FORM["cloud-init"]), "egress.cloud-config.yaml");
    const unit = textOf(rendered("systemd", MANIFEST, EVERY_FORM.systemd), "consul-tgw-egress.service");
    expect(yamlDocuments(checkers, text, "1.1")).toEqual([
      {
        write_files: [
          { path: "/etc/consul-terminating-gateway/egress.manifest.json", permissions: "0644", content: MANIFEST },
          {
            path: "/etc/consul-terminating-gateway/egress.env",
            permissions: "0644",
            content: 'CONSUL_TGW_MANIFEST="/etc/consul-terminating-gateway/egress.manifest.json"\n',
          },
          { path: "/etc/systemd/system/consul-tgw-egress.service", permissions: "0644", content: unit },
        ],
        runcmd: [
          ["systemctl", "daemon-reload"],
          ["systemctl", "enable", "--now", "consul-tgw-egress.service"],
        ],
      },
    ]);
  });
});

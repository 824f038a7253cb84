// Nomad and ECS: JSON.
import { manifestText } from "./gateways";
import { rendered, textOf } from "./rendered";

const MANIFEST = manifestText();
const IMAGE = "example/consul-tgw:1";

test("nomad: a docker task; manifest and token come from variables and restart nothing", () => {
  const files = rendered("nomad", MANIFEST, {
    image: IMAGE,
    namespace: "mesh",
    credentials: [{ source: "egress-tls", mountPath: "/etc/egress" }],
    tokenVariable: { path: "nomad/jobs/consul-tgw-egress/gateway", item: "token" },
  });
  expect(Object.keys(files)).toEqual(["egress.nomad.json", "egress.nv.json"]);
  expect(JSON.parse(textOf(files, "egress.nv.json"))).toEqual({
    Namespace: "mesh",
    Path: "nomad/jobs/consul-tgw-egress",
    Items: { manifest: MANIFEST },
  });
  expect(JSON.parse(textOf(files, "egress.nomad.json"))).toEqual({
    Job: {
      ID: "consul-tgw-egress",
      Name: "consul-tgw-egress",
      Type: "service",
      Namespace: "mesh",
      Datacenters: ["*"],
      TaskGroups: [
        {
          Name: "gateway",
          Count: 1,
          Networks: [{ ReservedPorts: [{ Label: "gateway", Value: 8443, To: 8443 }] }],
          EphemeralDisk: { Sticky: true, Migrate: true },
          Volumes: { "credentials-0": { Type: "host", Source: "egress-tls", ReadOnly: true } },
          Tasks: [
            {
              Name: "gateway",
              Driver: "docker",
              User: "65532",
              Config: {
                image: IMAGE,
                entrypoint: ["consul-tgw"],
                args: ["run", "--state-dir", "/alloc/data/consul-tgw", "--run-dir", "/local/run"],
                ports: ["gateway"],
                readonly_rootfs: true,
                cap_drop: ["all"],
                security_opt: ["no-new-privileges"],
                ulimit: [{ nofile: "1048576" }],
              },
              Env: {
                CONSUL_HTTP_TOKEN_FILE: "/secrets/consul-token",
                CONSUL_TGW_MANIFEST: "/local/manifest/manifest.json",
              },
              Templates: [
                {
                  EmbeddedTmpl: '{{ with nomadVar "nomad/jobs/consul-tgw-egress" }}{{ .manifest }}{{ end }}',
                  DestPath: "local/manifest/manifest.json",
                  ChangeMode: "noop",
                  Perms: "0444",
                },
                {
                  EmbeddedTmpl: '{{ with nomadVar "nomad/jobs/consul-tgw-egress/gateway" }}{{ .token }}{{ end }}',
                  DestPath: "secrets/consul-token",
                  ChangeMode: "noop",
                  Perms: "0400",
                  Uid: 65532,
                  Gid: 65532,
                },
              ],
              VolumeMounts: [{ Volume: "credentials-0", Destination: "/etc/egress", ReadOnly: true }],
              Resources: { CPU: 500, MemoryMB: 512 },
              KillSignal: "SIGTERM",
              KillTimeout: 30_000_000_000,
            },
          ],
        },
      ],
    },
  });
});

test("nomad, trap 21: no connect block, which would overwrite the gateway's config entry", () => {
  const text = textOf(rendered("nomad", MANIFEST, { image: IMAGE }), "egress.nomad.json");
  expect(text).not.toMatch(/connect|"Services"/i);
  expect(text).not.toContain("CONSUL_HTTP_TOKEN");
});

test("nomad: a port below 1024", () => {
  const text = textOf(rendered("nomad", manifestText({ port: 443 }), { image: IMAGE }), "egress.nomad.json");
  expect(JSON.parse(text).Job.TaskGroups[0].Tasks[0].Config.sysctl).toEqual([
    { "net.ipv4.ip_unprivileged_port_start": "443" },
  ]);
});

test("ecs: container definitions, the volumes that they need, the manifest for the volume", () => {
  const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:egress-token-AbCdEf";
  const files = rendered("ecs", MANIFEST, {
    image: IMAGE,
    manifestVolume: "manifest",
    credentials: [{ source: "tls", mountPath: "/etc/egress" }],
    tokenSecretArn: arn,
    logs: { group: "/ecs/egress", region: "eu-west-1" },
    environment: { CONSUL_HTTP_ADDR: "consul.example.com:8501" },
  });
  expect(Object.keys(files)).toEqual(["egress.containers.json", "egress.volumes.json", "manifest.json"]);
  expect(textOf(files, "manifest.json")).toBe(MANIFEST);
  expect(JSON.parse(textOf(files, "egress.volumes.json"))).toEqual([{ name: "state" }, { name: "run" }]);
  expect(JSON.parse(textOf(files, "egress.containers.json"))).toEqual([
    {
      name: "gateway",
      image: IMAGE,
      essential: true,
      entryPoint: ["consul-tgw"],
      command: [
        "run",
        "--state-dir",
        "/var/lib/consul-terminating-gateway/private",
        "--run-dir",
        "/run/consul-tgw/private",
      ],
      environment: [
        { name: "CONSUL_HTTP_ADDR", value: "consul.example.com:8501" },
        { name: "CONSUL_TGW_MANIFEST", value: "/etc/consul-terminating-gateway/manifest.json" },
      ],
      secrets: [{ name: "CONSUL_HTTP_TOKEN", valueFrom: arn }],
      user: "65532:65532",
      readonlyRootFilesystem: true,
      linuxParameters: { capabilities: { drop: ["ALL"] } },
      ulimits: [{ name: "nofile", softLimit: 1_048_576, hardLimit: 1_048_576 }],
      portMappings: [{ containerPort: 8443, hostPort: 8443, protocol: "tcp" }],
      mountPoints: [
        { sourceVolume: "manifest", containerPath: "/etc/consul-terminating-gateway", readOnly: true },
        { sourceVolume: "tls", containerPath: "/etc/egress", readOnly: true },
        { sourceVolume: "state", containerPath: "/var/lib/consul-terminating-gateway", readOnly: false },
        { sourceVolume: "run", containerPath: "/run/consul-tgw", readOnly: false },
      ],
      stopTimeout: 30,
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "/ecs/egress",
          "awslogs-region": "eu-west-1",
          "awslogs-stream-prefix": "egress",
        },
      },
    },
  ]);
});

test("ecs: a state volume of the user's, a port below 1024", () => {
  const options = { image: IMAGE, manifestVolume: "manifest", stateVolume: "efs-state" };
  const files = rendered("ecs", manifestText({ port: 443 }), options);
  expect(JSON.parse(textOf(files, "egress.volumes.json"))).toEqual([{ name: "run" }]);
  expect(JSON.parse(textOf(files, "egress.containers.json"))).toMatchObject([
    {
      systemControls: [{ namespace: "net.ipv4.ip_unprivileged_port_start", value: "443" }],
      mountPoints: [{}, { sourceVolume: "efs-state" }, { sourceVolume: "run" }],
    },
  ]);
});

// Gateways that live on Consul: what the rendered command is told of the servers, with a manifest and without one.
import { CONSUL_FLAGS, type ConsulOptions } from "../../src/launch/consul-options";
import { LAUNCH_FORMS, type LaunchForm, renderLaunch } from "../../src/launch/render-launch";
import { formatIssue } from "../../src/model/issues";
import { main } from "../../src/runtime/cli";
import { EVERY_FORM } from "./every-form";
import { manifestText, service } from "./gateways";
import { rendered, textOf } from "./rendered";

const ALL: Required<ConsulOptions> = {
  consulAddr: ["https://c1:8501", "https://c2:8501"],
  manifestKv: "consul-terminating-gateway/egress",
  authMethod: "workloads",
  bearerTokenFile: "/run/secrets/egress.jwt",
  awsAutoBearerToken: true,
  awsRegion: "eu-central-1",
  awsStsEndpoint: "https://sts.eu-central-1.amazonaws.com",
  awsServerIdHeaderValue: "consul.example.com",
  awsIncludeEntity: true,
  loginMeta: ["host=a", "rack=b"],
  loginNamespace: "platform",
  caFile: "/etc/consul/ca.pem",
  caPath: "/etc/consul/cas",
  clientCert: "/etc/consul/client.pem",
  clientKey: "/etc/consul/client-key.pem",
  tlsServerName: "server.dc1.consul",
  datacenter: "dc1",
  namespace: "team",
  partition: "west",
  allowPlaintextLeaves: true,
  address: "10.0.0.5:443",
  wanAddress: "192.0.2.7",
  bind: { address: "::", port: 443 },
  binds: { wan: { address: "192.0.2.7", port: 9443 }, lan: { address: "fd00::9", port: 443 } },
  replica: "a",
  reapAfter: 60,
  localAgent: "unix:///run/consul.sock",
  esm: true,
};
const WORDS = [
  "--consul-addr https://c1:8501 --consul-addr https://c2:8501",
  "--manifest-kv consul-terminating-gateway/egress --auth-method workloads",
  "--bearer-token-file /run/secrets/egress.jwt --aws-auto-bearer-token --aws-region eu-central-1",
  "--aws-sts-endpoint https://sts.eu-central-1.amazonaws.com --aws-server-id-header-value consul.example.com",
  "--aws-include-entity --login-meta host=a --login-meta rack=b --login-namespace platform",
  "--ca-file /etc/consul/ca.pem --ca-path /etc/consul/cas",
  "--client-cert /etc/consul/client.pem --client-key /etc/consul/client-key.pem --tls-server-name server.dc1.consul",
  "--datacenter dc1 --namespace team --partition west --allow-plaintext-leaves",
  "--address 10.0.0.5:443 --wan-address 192.0.2.7 --bind-address [::]:443 --bind-address lan=[fd00::9]:443",
  "--bind-address wan=192.0.2.7:9443 --replica a --reap-after 60",
  "--local-agent unix:///run/consul.sock --esm",
].join(" ");
const CONSUL: ConsulOptions = {
  consulAddr: ["https://c1:8501"],
  address: "10.0.0.5",
  bind: { address: "0.0.0.0", port: 443 },
};
const ON_CONSUL = { gatewayName: "egress" };

test("every option is written as its flag, the user's own words last", () => {
  const files = rendered("shell", ON_CONSUL, { consul: ALL, arguments: ["--", "-l", "debug"] });
  expect(files).toEqual({
    "egress.sh": expect.stringMatching(/\nset -eu\nexec consul-tgw run --gateway egress --consul-addr /),
  });
  expect(textOf(files, "egress.sh")).toContain(
    `exec consul-tgw run --gateway egress ${WORDS.replaceAll(/\S*\[\S*/g, "'$&'")} -- -l debug\n`,
  );
});

test("the flags are those of the command", async () => {
  const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  await main(["run", "--help"]);
  const help = write.mock.calls.join("");
  write.mockRestore();
  for (const flag of new Set(Object.values(CONSUL_FLAGS))) expect(help).toMatch(new RegExp(`^  ${flag}\\b`, "m"));
});

const optionsOf = <F extends LaunchForm>(form: F): (typeof EVERY_FORM)[F] => {
  const { manifestVolume: _, ...options } = EVERY_FORM[form] as { manifestVolume?: string };
  return { ...options, consul: CONSUL } as unknown as (typeof EVERY_FORM)[F];
};
const NAMES: Readonly<Record<LaunchForm, readonly string[]>> = {
  systemd: ["consul-tgw-egress.service", "egress.env"],
  "cloud-init": ["egress.cloud-config.yaml"],
  compose: ["compose.yaml"],
  kubernetes: ["egress.kubernetes.yaml"],
  nomad: ["egress.nomad.json"],
  ecs: ["egress.containers.json", "egress.volumes.json"],
  shell: ["egress.sh"],
};

test.each(LAUNCH_FORMS)("%s: without a manifest nothing of one is left", (form) => {
  const files = rendered(form, ON_CONSUL, optionsOf(form));
  expect(Object.keys(files)).toEqual(NAMES[form]);
  const text = Object.values(files).join("\n");
  expect(text.replaceAll(/[",\s-]+/g, " ")).toContain(
    " gateway egress consul addr https://c1:8501 address 10.0.0.5 bind",
  );
  expect(text).not.toMatch(/manifest(?! anew)/i);
});

test.each(LAUNCH_FORMS)(
  "%s: beside a manifest the servers are named, and the port is the one it listens on",
  (form) => {
    const manifest = manifestText({ port: 8443 });
    const text = Object.values(rendered(form, manifest, { ...EVERY_FORM[form], consul: CONSUL })).join("\n");
    expect(text.replaceAll(/[",\s-]+/g, " ")).toContain(
      " consul addr https://c1:8501 address 10.0.0.5 bind address 0.0.0.0:443",
    );
    expect(text).not.toMatch(/"?--gateway/);
    // A port below 1024 needs the capability, or the kernel's setting; the script itself needs neither.
    if (form !== "shell") expect(text).toMatch(/CAP_NET_BIND_SERVICE|port_start\W+(?:value\W+)?443\b/);
  },
);

test.each(LAUNCH_FORMS)("%s: of a manifest that is followed in Consul nothing is left but its key", (form) => {
  const manifestKv = "consul-terminating-gateway/egress";
  const options = { ...optionsOf(form), consul: { ...CONSUL, manifestKv } } as never;
  const files = rendered(form, manifestText(), options);
  expect(Object.keys(files)).toEqual(NAMES[form]);
  const text = Object.values(files).join("\n");
  expect(text.replaceAll(/[",\s-]+/g, " ")).toContain(
    " gateway egress consul addr https://c1:8501 manifest kv consul terminating gateway/egress address 10.0.0.5",
  );
  expect(text.replace(manifestKv, "").replaceAll(/--manifest-kv/g, "")).not.toMatch(/manifest(?! anew)/i);
});

describe("a manifest that is delivered by Consul's KV store", () => {
  const keyed = (gateway: object = {}) => manifestText({ port: 443, gateway: { delivery: "kv", ...gateway } });
  const servers = { consulAddr: ["https://c1:8501"], address: "10.0.0.5" };
  const run = (source: string, consul: ConsulOptions): string =>
    /exec consul-tgw (.*)/.exec(textOf(rendered("shell", source, { consul }), "egress.sh"))?.[1] ?? "";

  test.each(LAUNCH_FORMS)("%s: the text has its key, and no service changes it", (form) => {
    const options = { ...optionsOf(form), consul: servers } as never;
    const files = rendered(form, keyed(), options);
    expect(Object.keys(files)).toEqual(NAMES[form]);
    expect(Object.values(files).join("\n")).toMatch(/--manifest-kv"?,?\s+(- )?"?consul-terminating-gateway\/egress/);
    const larger = manifestText({ port: 443, gateway: { delivery: "kv" }, services: [service("more", "10.0.0.10")] });
    expect(rendered(form, larger, options)).toEqual(files);
  });

  test("what it would say at the start is told: where it is, and where the gateway listens", () => {
    expect(run(keyed({ namespace: "team", partition: "west" }), servers)).toBe(
      "run --gateway egress --consul-addr https://c1:8501 --manifest-kv consul-terminating-gateway/egress --datacenter dc1 " +
        "--namespace team --partition west --address 10.0.0.5 --bind-address 0.0.0.0:443",
    );
  });

  test("the user's own options win", () => {
    const consul = { ...servers, manifestKv: "a/b", datacenter: "dc2", bind: { address: "10.0.0.5", port: 9443 } };
    expect(run(keyed(), consul)).toBe(
      "run --gateway egress --consul-addr https://c1:8501 --manifest-kv a/b --datacenter dc2 --address 10.0.0.5 " +
        "--bind-address 10.0.0.5:9443",
    );
  });

  test.each(LAUNCH_FORMS)("%s: without servers it cannot be followed", (form) => {
    const { consul: _, ...options } = optionsOf(form) as { consul?: unknown };
    expect(mistakes(form, keyed(), options)).toEqual([
      "consul: got nothing, and a manifest that is delivered by Consul's KV store, allowed how the servers are reached; " +
        "give the option consul",
    ]);
  });
});

const mistakes = (form: LaunchForm, source: string | { gatewayName: string }, options: object): readonly string[] => {
  const result = renderLaunch(form, source, options as never);
  return result.ok ? [] : result.error.map(formatIssue);
};

test.each<[string, object, string]>([
  ["no servers", {}, "consul: got nothing, and no manifest"],
  ["an empty list of servers", { consul: { consulAddr: [] } }, "consul.consulAddr: got an empty list"],
  ["a relative path", { consul: { ...CONSUL, caFile: "ca.pem" } }, "consul.caFile: got other text"],
  ["an unknown option", { consul: { ...CONSUL, token: "x" } }, "consul.token: got an unknown option"],
  [
    "no address to tell",
    { consul: { ...CONSUL, address: undefined } },
    "consul.address: got nothing, and it listens on",
  ],
])("%s is a mistake", (_what, options, message) => {
  const found = mistakes("systemd", ON_CONSUL, options);
  expect(found).toHaveLength(1);
  expect(found[0]?.startsWith(message)).toBe(true);
});

test("a container listens where others reach it", () => {
  const consul = { consulAddr: ["https://c1:8501"] };
  expect(mistakes("compose", ON_CONSUL, { image: "example/tgw:1", consul })[0]).toMatch(
    /^gateway\.bind\.address: got 127\.0\.0\.1/,
  );
  expect(mistakes("systemd", ON_CONSUL, { consul })).toEqual([]);
});

test("a name that is no gateway's, and a volume without a manifest", () => {
  expect(mistakes("shell", { gatewayName: "../x" }, { consul: CONSUL })[0]).toMatch(/^gatewayName: got another name/);
  expect(mistakes("ecs", ON_CONSUL, { image: "i", manifestVolume: "m", consul: CONSUL })[0]).toMatch(
    /^manifestVolume: got a volume/,
  );
});

test("an address with a password is refused and not repeated", () => {
  const secret = "https://user:canary@c1:8501";
  const found = [
    ...mistakes("systemd", ON_CONSUL, { consul: { ...CONSUL, consulAddr: [secret] } }),
    ...mistakes("systemd", ON_CONSUL, { consul: CONSUL, environment: { CONSUL_HTTP_ADDR: secret } }),
  ];
  expect(found).toHaveLength(2);
  expect(found.join("\n")).not.toContain("canary");
});

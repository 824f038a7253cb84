// Several places to listen on: every form tells the process of all of them, and opens each port.
import type { ConsulOptions } from "../../src/launch/consul-options";
import { LAUNCH_FORMS, type LaunchForm, renderLaunch } from "../../src/launch/render-launch";
import { EVERY_FORM } from "./every-form";
import { rendered } from "./rendered";

const ON_CONSUL = { gatewayName: "egress" };

/** How a form opens 9443 and, for callers, 443; and the port without a privilege. */
const PORTS: Readonly<Record<LaunchForm, readonly RegExp[]>> = {
  systemd: [/AmbientCapabilities=CAP_NET_BIND_SERVICE/],
  "cloud-init": [/AmbientCapabilities=CAP_NET_BIND_SERVICE/],
  compose: [/ports:\n\s+- target: 9443\n\s+published: "9443"\n.*\n\s+- target: 443\n/, /port_start: "443"/],
  kubernetes: [
    /- name: gateway\n\s+containerPort: 9443\n.*\n\s+- name: gateway-443\n\s+containerPort: 443\n/,
    /- name: gateway\n\s+port: 9443\n\s+targetPort: gateway\n.*\n\s+- name: gateway-443\n\s+port: 443\n\s+targetPort: gateway-443\n/,
  ],
  nomad: [
    /"Label": "gateway",\s+"Value": 9443,[^}]*},\s+{\s+"Label": "gateway_443",\s+"Value": 443,/,
    /"ports": \[\s+"gateway",\s+"gateway_443"\s+\]/,
  ],
  ecs: [/"containerPort": 9443,[^}]*},\s+{\s+"containerPort": 443,/],
  shell: [/--bind-address lan=0\.0\.0\.0:9443 --bind-address wan=0\.0\.0\.0:443/],
};

test.each(LAUNCH_FORMS)("%s: several places to listen on, each port opened", (form) => {
  const binds = { wan: { address: "0.0.0.0", port: 443 }, lan: { address: "0.0.0.0", port: 9443 } };
  const consul = { consulAddr: ["https://c1:8501"], address: "10.0.0.5", binds };
  const { manifestVolume: _, ...options } = EVERY_FORM[form] as { manifestVolume?: string };
  const text = Object.values(rendered(form, ON_CONSUL, { ...options, consul } as never)).join("\n");
  expect(text.replaceAll(/[",\s-]+/g, " ")).toContain(" bind address lan=0.0.0.0:9443 bind address wan=0.0.0.0:443");
  for (const each of PORTS[form]) expect(text).toMatch(each);
  expect(text).not.toContain("8443");
});

test("places that reach nobody, a name that is none, and a place that is told to nobody are refused", () => {
  const issues = (binds: object, address?: string): readonly string[] => {
    const told = address === undefined ? {} : { address };
    const consul = { consulAddr: ["https://c1:8501"], binds, ...told } as unknown as ConsulOptions;
    const result = renderLaunch("compose", ON_CONSUL, { image: "x", consul });
    return result.ok ? [] : result.error.map(({ path, got }) => `${path}: ${got}`);
  };
  const lo = { address: "127.0.0.1", port: 1 };
  expect(issues({ a: lo, b: { address: "::1", port: 2 } })).toEqual(["gateway.bind.address: 127.0.0.1 and ::1"]);
  expect(issues({ a: lo, b: { address: "10.0.0.5", port: 2 } })).toEqual([]);
  expect(issues({ a: { address: "0.0.0.0", port: 1 } })).toEqual([
    "consul.address: nothing, and it listens on 0.0.0.0",
  ]);
  expect(issues({ "a b": lo }, "10.0.0.5")).toEqual(["consul.binds.a b: another name"]);
  expect(issues({ a: { address: "host", port: 0 } }, "10.0.0.5")).toEqual([
    "consul.binds.a.address: other text",
    "consul.binds.a.port: 0",
  ]);
});

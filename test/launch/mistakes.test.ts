// Mistakes in manifest and options: all at once, none with a secret in it.
import { LAUNCH_FORMS, type LaunchForm, renderLaunch } from "../../src/launch/render-launch";
import { formatIssue } from "../../src/model/issues";
import { EVERY_FORM } from "./every-form";
import { manifestText, service } from "./gateways";

const IMAGE = "example/consul-tgw:1";
/** A token as Consul makes them, and the beginning of a key. */
const TOKEN = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvCANARY";

// Options as a program without types may give them.
const mistakes = (form: LaunchForm, options: object, manifest = manifestText()): readonly string[] => {
  const result = renderLaunch(form, manifest, options as never);
  return result.ok ? [] : result.error.map(formatIssue);
};

test.each(LAUNCH_FORMS)("%s: a secret in an option is refused and not repeated", (form) => {
  const options = {
    ...EVERY_FORM[form],
    environment: { CONSUL_HTTP_TOKEN: TOKEN, TLS_KEY: KEY, MY_TOKEN: TOKEN },
    arguments: ["--x", KEY],
  };
  const found = mistakes(form, options);
  expect(found.map((each) => each.split(":")[0])).toEqual(
    expect.arrayContaining([
      "environment.CONSUL_HTTP_TOKEN",
      "environment.TLS_KEY",
      "environment.MY_TOKEN",
      "arguments[1]",
    ]),
  );
  expect(found.join("\n")).not.toMatch(/3f2504e0|CANARY|BEGIN/);
});

test.each(LAUNCH_FORMS)("%s: a short token under Consul's own name is refused too", (form) => {
  const found = mistakes(form, {
    ...EVERY_FORM[form],
    environment: { CONSUL_HTTP_TOKEN: "canary", CONSUL_HTTP_AUTH: "u:canary" },
  });
  expect(found).toHaveLength(2);
  expect(found.join("\n")).not.toContain("canary");
});

test.each(LAUNCH_FORMS)("%s: a manifest with a secret in it is refused and not repeated", (form) => {
  const manifest = manifestText({
    services: [{ ...service("orders", "10.0.0.10"), meta: { token: TOKEN, key: KEY } }],
  });
  const found = mistakes(form, EVERY_FORM[form], manifest);
  expect(found.length).toBeGreaterThan(0);
  expect(found.join("\n")).not.toMatch(/3f2504e0|CANARY|BEGIN/);
});

test.each(LAUNCH_FORMS)("%s: text that is no manifest, not repeated either", (form) => {
  expect(mistakes(form, EVERY_FORM[form], "canary")).toEqual([
    "manifest: got text that is not JSON, allowed a manifest; synthesise it anew",
  ]);
  expect(mistakes(form, EVERY_FORM[form], "{}")).toHaveLength(1);
});

test("all mistakes of manifest and options at once", () => {
  const options = { image: "", command: [], user: 0, credentials: [{ source: "a b", mountPath: "etc" }], imgae: "x" };
  expect(mistakes("kubernetes", options, manifestText({ address: "127.0.0.1", name: "eg.ress" }))).toEqual([
    "gateway.name: got other text, allowed a gateway name of lower-case letters, digits and -, at most 52 characters; correct it",
    "gateway.bind.address: got 127.0.0.1, allowed an address that others reach; in a container this is reached by nobody: bind 0.0.0.0",
    expect.stringMatching(/^imgae: got an unknown option, allowed consul, arguments, environment, /),
    "image: got empty text, allowed the name of an image, as example/consul-tgw:1.0; correct it",
    "command: got an empty list, allowed a list with something in it; write it in brackets",
    "user: got 0, allowed a whole number, 1-2147483647; correct it",
    "credentials[0].source: got other text, allowed a name of letters, digits, - _ and .; correct it",
    "credentials[0].mountPath: got other text, allowed an absolute path; correct it",
  ]);
});

test.each([
  ["kubernetes", {}, "image"],
  ["ecs", { image: IMAGE }, "manifestVolume"],
  ["ecs", { image: IMAGE, manifestVolume: "m", stopSeconds: 121 }, "stopSeconds"],
  ["ecs", { image: IMAGE, manifestVolume: "m", tokenSecretArn: "token" }, "tokenSecretArn"],
  ["nomad", { image: IMAGE, tokenVariable: { path: "a", item: "b }}{{ env" } }, "tokenVariable.item"],
  ["nomad", { image: IMAGE, tokenVariable: { path: 'a" }}', item: "b" } }, "tokenVariable.path"],
  ["compose", { image: IMAGE, credentials: [{ source: "tls", mountPath: "/etc/egress" }] }, "credentials[0].source"],
  ["compose", { image: IMAGE, environment: { "A=B": "x" } }, "environment.A=B"],
  ["compose", { image: IMAGE, environment: { CONSUL_TGW_MANIFEST: "/x" } }, "environment.CONSUL_TGW_MANIFEST"],
  ["compose", { image: IMAGE, environment: "x" }, "environment"],
  ["systemd", { command: ["consul-tgw"] }, "command[0]"],
  ["systemd", { user: "root\nExecStart=/bin/sh" }, "user"],
  ["systemd", { arguments: ["a\nb"] }, "arguments[0]"],
  ["systemd", { directory: "${HOME}" }, "directory"],
  ["cloud-init", { gzipBase64: true }, "gzipBase64"],
  ["shell", { stateDir: "state" }, "stateDir"],
  ["shell", { stopSeconds: 3 }, "stopSeconds"],
] as const)("%s refuses %j for %s", (form, options, path) => {
  const found = mistakes(form, options);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((each) => each.startsWith(`${path}: `))).toBe(true);
});

test("what the place cannot hold", () => {
  const many = (count: number): string =>
    manifestText({ services: Array.from({ length: count }, (_, index) => service(`service-${index}`, "10.1.0.9")) });
  expect(mistakes("nomad", { image: IMAGE }, many(300))).toEqual([
    expect.stringMatching(/^manifest: got 1\d{5} bytes, allowed at most 65536 bytes; /),
  ]);
  expect(mistakes("kubernetes", { image: IMAGE }, many(300))).toEqual([]);
  expect(mistakes("kubernetes", { image: IMAGE }, many(3000))).toEqual([
    expect.stringMatching(/^manifest: got 1\d{6} bytes, allowed at most 1000000 bytes; /),
  ]);
});

test("a host's loopback interface is reached by its other processes", () => {
  for (const form of ["systemd", "cloud-init", "shell"] as const) {
    expect(mistakes(form, {}, manifestText({ address: "127.0.0.1" }))).toEqual([]);
  }
  for (const form of ["compose", "nomad"] as const) {
    expect(mistakes(form, { image: IMAGE }, manifestText({ address: "::1" }))).toHaveLength(1);
  }
});

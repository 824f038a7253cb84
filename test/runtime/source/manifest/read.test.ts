import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { readManifest } from "../../../../src/runtime/source/manifest/read";
import { configuration, issuesOf, manifestOf, modelOf, write } from "./fixture";

describe("of several gateways", () => {
  const stacks = { one: { synthesizedStackPath: "one/cdk.tf.json" }, two: { synthesizedStackPath: "two/cdk.tf.json" } };
  const tree = () =>
    write({
      "manifest.json": { stacks },
      "one/cdk.tf.json": configuration(manifestOf("a"), manifestOf("b")),
      "two/cdk.tf.json": configuration(manifestOf("b", "10.9.9.9")),
    });

  it.each([
    ["a", "10.0.0.9"],
    ["one/a", "10.0.0.9"],
    ["one/b", "10.0.0.9"],
    ["two/b", "10.9.9.9"],
  ])("takes %s", async (gateway, address) => {
    const result = await readManifest(tree(), { gateway });
    expect(result).toMatchObject({ ok: true, value: { model: modelOf(gateway.split("/").at(-1) ?? "", address) } });
  });

  it("asks for a name when none is given", async () => {
    const dir = tree();
    expect(await issuesOf(dir)).toEqual([
      {
        path: dir,
        got: "3 gateways: one/a, one/b, two/b",
        allowed: "one gateway",
        hint: "name one with --gateway",
      },
    ]);
  });

  it.each([
    ["b", "a name that fits several"],
    ["c", "no such gateway"],
  ])("refuses %s", async (gateway, got) => {
    const dir = tree();
    expect(await issuesOf(dir, gateway)).toEqual([
      {
        path: `--gateway ${gateway}`,
        got,
        allowed: "one/a, one/b, two/b",
        hint: `choose one that ${dir} declares`,
      },
    ]);
  });

  it("reads one although another stack is broken", async () => {
    const dir = write({ "manifest.json": { stacks }, "one/cdk.tf.json": configuration(manifestOf("a")) });
    expect(await readManifest(dir)).toMatchObject({ ok: true, value: { model: modelOf("a") } });
    expect((await issuesOf(dir, "b")).map(({ got }) => got)).toEqual([
      `cannot read ${join(dir, "two/cdk.tf.json")}: no such file`,
    ]);
  });
});

describe("refuses", () => {
  it.each<[string, unknown, string, string]>([
    ["an empty file", "", "nothing", "one JSON document"],
    ["text", "password: hunter2", "text that is not JSON", "one JSON document"],
    ["cut JSON", '{"apiVersion": "hunter2', "text that is not JSON", "one JSON document"],
    ["a list", [1], "JSON that is not an object without a gateway", "a gateway manifest"],
    ["JSON of something else", { hunter2: 1 }, "stack outputs without a gateway", "a gateway manifest"],
    [
      "a configuration without gateway",
      configuration({ secret: "hunter2" }),
      "Terraform configuration (cdk.tf.json) without a gateway",
      "a gateway manifest",
    ],
  ])("%s", async (_name, content, got, allowed) => {
    const file = join(write({ "in.json": content }), "in.json");
    const issues = await issuesOf(file);
    expect(issues).toMatchObject([{ path: file, got, allowed }]);
    expect(JSON.stringify(issues)).not.toContain("hunter2");
  });

  it("a path that does not exist, a directory of something else, a pipe", async () => {
    const dir = write({ "pkg/readme.md": "hello", "other/manifest.json": { name: "extension" } });
    execFileSync("mkfifo", [join(dir, "pipe")]);
    expect(await issuesOf(join(dir, "none"))).toMatchObject([
      { got: `cannot read ${join(dir, "none")}: no such file` },
    ]);
    expect(await issuesOf(join(dir, "pkg"))).toMatchObject([
      { path: join(dir, "pkg"), allowed: "a cdktf.out directory" },
    ]);
    expect(await issuesOf(join(dir, "other"))).toMatchObject([{ got: "a manifest.json that is not CDKTF's" }]);
    expect(await issuesOf(join(dir, "pipe"))).toMatchObject([{ got: `${join(dir, "pipe")} is not a regular file` }]);
  });

  it("unresolved references, all at once and by path", async () => {
    const file = join(write({ "in.json": configuration(manifestOf("egress", "${var.ip}", "%{ if x }")) }), "in.json");
    const [issue, ...more] = await issuesOf(file);
    expect(more).toEqual([]);
    expect(issue?.path).toContain("services[0].instances[0].address");
    expect(issue?.path).toContain("description");
    expect(issue).toMatchObject({
      got: "references that only the engine can resolve",
      allowed: "concrete values",
      hint: 'deploy, and pass the JSON output of the engine for "egress" instead of what was synthesised',
    });
  });

  it("another major version", async () => {
    const file = join(
      write({ "in.json": { ...manifestOf("egress"), apiVersion: "consul-terminating-gateway/v2" } }),
      "in.json",
    );
    const issues = await issuesOf(file);
    expect(issues).toMatchObject([{ path: "apiVersion" }]);
    expect(issues[0]?.got).toContain("v2");
  });

  it("an unresolved reference in a plain manifest", async () => {
    const file = join(write({ "in.json": manifestOf("egress", "${var.ip}") }), "in.json");
    expect((await issuesOf(file))[0]?.path).toContain("services[0].instances[0].address");
  });

  it("a manifest that holds a private key, without repeating it", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIGHhunter2\n-----END PRIVATE KEY-----\n";
    const file = join(write({ "in.json": manifestOf("egress", "10.0.0.9", key) }), "in.json");
    const issues = await issuesOf(file);
    expect(issues.length).toBeGreaterThan(0);
    expect(JSON.stringify(issues)).not.toContain("hunter2");
  });
});

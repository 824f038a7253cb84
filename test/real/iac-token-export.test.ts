// The gateway's token, exported to a PGP key: on both engines its owner reads the secret and uses it, it is written down nowhere as
// it is, and although each reading encrypts anew, a second plan is empty and the output stays. With CDKTF on OpenTofu and Pulumi.
import { DataConsulAclTokenSecretId } from "@cdktf/provider-consul/lib/data-consul-acl-token-secret-id/index.js";
import * as pulumi from "@pulumi/pulumi";
import { DataResource, TerraformOutput, type TerraformStack, TerraformVariable } from "cdktf";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import { exportWarning } from "../../src/model/pgp-key";
import { validate } from "../../src/model/validate";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { decryptBy, encryptTo, makePair, type PgpPair } from "../support/iac/pgp";
import { placesOf } from "../support/iac/places";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realPgp, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realPgp() === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();
const GATEWAY = { name: "egress", datacenter: "dc1" };

describePart("a token that is exported", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let rsa: PgpPair;
  let other: PgpPair;

  /** What the secret may do in Consul: names of its roles. */
  const rolesOf = async (secret: string): Promise<readonly string[]> => {
    const self = (await consul.call("GET", "/v1/acl/token/self", undefined, secret)) as { Roles: { Name: string }[] };
    return self.Roles.map(({ Name }) => Name);
  };
  const ROLES = ["egress-terminating-gateway"];

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 25_600);
    [rsa, other] = [makePair("rsa"), makePair("rsa")];
  });
  afterAll(() => consul?.stop());

  test("to a key of Curve25519 the provider's library cannot encrypt, so a declaration is told at once", () => {
    const { publicKey } = makePair("ecc");
    expect(() => encryptTo(publicKey, "secret")).toThrow("unsupported oid");
    const acl = { exportToken: { pgpKey: publicKey } };
    const result = validate<string>({ ...GATEWAY, acl }, (leaf) => leaf);
    expect(result.ok ? [] : result.error.map(({ got }) => got)).toEqual(["a key of Curve25519"]);
  });

  describe("with CDKTF", () => {
    let provider: TerraformProvider;
    let stack: DeployableStack;

    beforeEach(async () => {
      provider = await startTerraformProvider(consul);
      stack = await openStack(tofuPath ?? "", provider.reattach);
    });
    afterEach(async () => {
      await stack?.tofu.run("destroy", "-no-color", "-auto-approve");
      stack?.remove();
      provider?.stop();
    });

    const declare = (keyIn: (scope: TerraformStack) => string): void =>
      stack.declare((scope) => {
        const acl = { exportToken: { pgpKey: keyIn(scope) } };
        const { encryptedTokenSecret } = new OfCdktf(scope, "egress", { ...GATEWAY, acl });
        new TerraformOutput(scope, "token_secret", { value: encryptedTokenSecret });
      });
    const output = async (): Promise<string> => JSON.parse(await stack.tofu.ok("output", "-json", "token_secret"));

    test("is read by the key's owner, stays as it is, and changes with key and token", async () => {
      const before = await readConsul(consul);
      declare(() => rsa.publicKey);
      await stack.apply();
      const first = await output();
      const secret = decryptBy(rsa, first);
      expect(await rolesOf(secret)).toEqual(ROLES);
      // An empty plan has no change of an output either: its exit code is 0.
      expect(await stack.plan()).toEqual({});
      await stack.apply();
      expect(await output()).toBe(first);

      const written = {
        ...stack.written(),
        plan: await stack.tofu.ok("show", "-json", "plan"),
        show: await stack.tofu.ok("show", "-json"),
      };
      expect(placesOf(first, written)).toEqual(expect.arrayContaining(["terraform.tfstate", "show"]));
      expect(placesOf(secret, written)).toEqual([]);
      const synthesised: Readonly<Record<string, string>> = written;
      expect(synthesised["cdktf.out/manifest.json"]).toContain(exportWarning("egress", undefined).slice(0, 40));

      declare(() => other.publicKey);
      expect(await stack.plan()).toEqual({ "egress/token-secret": "replace" });
      await stack.apply();
      expect(decryptBy(other, await output())).toBe(secret);
      expect(() => decryptBy(rsa, first)).not.toThrow();
      const again = await output();
      expect(() => decryptBy(rsa, again)).toThrow();
      expect(await stack.plan()).toEqual({});

      await stack.tofu.ok("apply", "-no-color", "-auto-approve", `-replace=${stack.addressOf("egress/token")}`);
      const renewed = decryptBy(other, await output());
      expect(renewed).not.toBe(secret);
      expect(await rolesOf(renewed)).toEqual(ROLES);
      await expect(rolesOf(secret)).rejects.toThrow("403");
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      expect(await readConsul(consul)).toEqual(before);
    });

    test("by the data source alone a plan is never empty: each reading encrypts anew", async () => {
      stack.declare((scope) => {
        const gateway = new OfCdktf(scope, "egress", GATEWAY);
        const token = gateway.node.findChild("token") as unknown as { readonly accessorId: string };
        const args = { accessorId: token.accessorId, pgpKey: rsa.publicKey };
        const { encryptedSecretId: value } = new DataConsulAclTokenSecretId(scope, "bare", args);
        new TerraformOutput(scope, "token_secret", { value, sensitive: true });
      });
      await stack.apply();
      const first = await output();
      const planned = await stack.tofu.run("plan", "-no-color", "-detailed-exitcode");
      expect(planned.code).toBe(2);
      expect(planned.stdout).toContain("Changes to Outputs");
      await stack.apply();
      expect(await output()).not.toBe(first);
    });

    test("by the data source without a key the secret is in the state as it is", async () => {
      stack.declare((scope) => {
        const gateway = new OfCdktf(scope, "egress", GATEWAY);
        const token = gateway.node.findChild("token") as unknown as { readonly accessorId: string };
        new DataConsulAclTokenSecretId(scope, "bare", { accessorId: token.accessorId });
      });
      await stack.apply();
      const state = JSON.parse(stack.written()["terraform.tfstate"] ?? "") as {
        readonly resources: { readonly mode: string; readonly instances: { readonly attributes: object }[] }[];
      };
      const [read] = state.resources.filter(({ mode }) => mode === "data");
      const attributes = (read?.instances[0]?.attributes ?? {}) as { readonly secret_id?: string };
      expect(attributes).toMatchObject({ pgp_key: "", encrypted_secret_id: "" });
      expect(await rolesOf(attributes.secret_id ?? "")).toEqual(ROLES);
    });

    const lateKeys: readonly (readonly [string, (scope: TerraformStack) => string])[] = [
      ["at plan", (scope) => new TerraformVariable(scope, "key", { type: "string", default: "" }).stringValue],
      ["at apply", (scope) => new DataResource(scope, "key", { input: { key: "" } }).getStringAttribute("output.key")],
    ];
    test.each(lateKeys)("a late key that is none exports nothing: known %s", async (_when, keyIn) => {
      declare(keyIn);
      await stack.init();
      const applied = await stack.tofu.run("apply", "-no-color", "-auto-approve");
      expect(applied.code).toBe(1);
      expect(applied.stderr.replaceAll(/[\s│]+/g, " ")).toContain("acl.exportToken.pgpKey: got a text that is no key");
      const tokens = (await consul.call("GET", "/v1/acl/tokens")) as { AccessorID: string; Description: string }[];
      for (const { AccessorID } of tokens.filter(({ Description }) => Description.endsWith("gateway egress"))) {
        const { SecretID } = (await consul.call("GET", `/v1/acl/token/${AccessorID}`)) as { SecretID: string };
        expect(placesOf(SecretID, { ...stack.written(), ...applied, code: "" })).toEqual([]);
      }
    });

    test("a late key that is one does", async () => {
      declare((scope) =>
        new DataResource(scope, "key", { input: { key: other.publicKey } }).getStringAttribute("output.key"),
      );
      await stack.apply();
      expect(await rolesOf(decryptBy(other, await output()))).toEqual(ROLES);
      expect(await stack.plan()).toEqual({});
    });
  });

  test("with Pulumi: is read by the key's owner, stays as it is, and changes with key and token", async () => {
    const provider = await startPulumiProvider(consul);
    const stack = await openInlineStack(pulumiBinary, provider.debug);
    const before = await readConsul(consul);
    const program = (pgpKey: pulumi.Input<string>) => async () => {
      const { encryptedTokenSecret } = new OfPulumi("egress", { ...GATEWAY, acl: { exportToken: { pgpKey } } });
      return { encryptedTokenSecret };
    };
    try {
      const inline = await stack.with(program(rsa.publicKey));
      const { outputs, stdout } = await inline.up();
      const first = String(outputs.encryptedTokenSecret?.value);
      const secret = decryptBy(rsa, first);
      expect(await rolesOf(secret)).toEqual(ROLES);
      expect(stdout).toContain(exportWarning("egress", undefined).slice(0, 40));
      await inline.preview({ expectNoChanges: true });
      const second = await inline.up();
      expect(second.summary.resourceChanges).toEqual({ same: expect.any(Number) });
      expect(second.outputs.encryptedTokenSecret?.value).toBe(first);

      const written = { ...stack.written(), stdout, second: second.stdout };
      expect(placesOf(first, written)).toContain("state/.pulumi/stacks/shop/prod.json");
      expect(placesOf(secret, written)).toEqual([]);

      // Late, as a value of another resource would be.
      const changed = await stack.with(program(pulumi.output(other.publicKey)));
      const third = await changed.up();
      expect(decryptBy(other, String(third.outputs.encryptedTokenSecret?.value))).toBe(secret);
      await changed.preview({ expectNoChanges: true });

      const state = JSON.stringify(await changed.exportStack());
      const urn = /"(urn:pulumi:[^"]*aclToken:AclToken::egress-token)"/.exec(state)?.[1] ?? "";
      const replaced = await changed.up({ replace: [urn] });
      const renewed = decryptBy(other, String(replaced.outputs.encryptedTokenSecret?.value));
      expect(renewed).not.toBe(secret);
      expect(await rolesOf(renewed)).toEqual(ROLES);
      await changed.preview({ expectNoChanges: true });

      expect(placesOf(renewed, stack.written())).toEqual([]);
      await (await stack.with(async () => undefined)).destroy();
      expect(await readConsul(consul)).toEqual(before);
    } finally {
      stack.remove();
      provider.stop();
    }
  });
});

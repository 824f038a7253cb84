// A token that is exported, as Terraform gets it: read by the provider's data source, kept by a resource that heeds no later reading.
import { type TerraformStack, TerraformVariable } from "cdktf";
import { TerminatingGateway, type TerminatingGatewayProps } from "../../../src/constructs/cdktf";
import { mistakes, synth } from "./stack";

const KEY = `mQENB${"A".repeat(123)}`;
const GATEWAY = { name: "egress", datacenter: "dc1" };

interface Read {
  readonly accessor_id: string;
  readonly pgp_key: string;
  readonly lifecycle?: {
    readonly precondition: readonly { readonly condition: string; readonly error_message: string }[];
  };
}

/** The data source and what keeps it, with the logical ids of token and data source. */
function exported(keyIn: (stack: TerraformStack) => string) {
  const out = synth((stack) => {
    new TerminatingGateway(stack, "gw", { ...GATEWAY, acl: { exportToken: { pgpKey: keyIn(stack) } } });
  }) as unknown as {
    readonly data: { readonly consul_acl_token_secret_id: Readonly<Record<string, Read>> };
    readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
  };
  const [[id, read] = ["", undefined]] = Object.entries(out.data.consul_acl_token_secret_id);
  const [token = ""] = Object.keys(out.resource.consul_acl_token ?? {});
  const kept = Object.entries(out.resource.terraform_data ?? {}).find(([each]) => each.includes("token-secret"))?.[1];
  return { id, read, token, kept };
}

test("kept is the first reading, until token or key are others", () => {
  const { id, read, token, kept } = exported(() => KEY);
  const accessor = `\${consul_acl_token.${token}.accessor_id}`;
  expect(read).toMatchObject({ accessor_id: accessor, pgp_key: KEY });
  expect(read?.lifecycle).toBeUndefined();
  expect(kept).toMatchObject({
    input: { encrypted: `\${data.consul_acl_token_secret_id.${id}.encrypted_secret_id}` },
    triggers_replace: { accessorId: accessor, pgpKey: KEY },
    lifecycle: { ignore_changes: ["input"] },
  });
});

test("a late key is judged before the secret is read", () => {
  const { read } = exported((stack) => new TerraformVariable(stack, "key", { type: "string" }).stringValue);
  expect(read?.pgp_key).toBe("${var.key}");
  expect(read?.lifecycle?.precondition).toEqual([
    {
      condition: '${can(regex("^(keybase:[0-9A-Za-z_]+|(m|x[g-v])[0-9A-Za-z+/\\\\s]+={0,2}\\\\s*)$", var.key))}',
      error_message: expect.stringMatching(/^acl\.exportToken\.pgpKey: got a text that is no key/),
    },
  ]);
});

test("without a key, and with one that is none, it is refused at synth with its place", () => {
  const of = (exportToken: object) =>
    mistakes((stack) => {
      new TerminatingGateway(stack, "gw", { ...GATEWAY, acl: { exportToken } } as TerminatingGatewayProps);
    });
  expect(of({})).toEqual([
    expect.stringMatching(/^\[s\/gw\] acl\.exportToken\.pgpKey: got nothing, .*in the state as it is/),
  ]);
  expect(of({ pgpKey: "a key" })).toEqual([
    expect.stringMatching(/^\[s\/gw\] acl\.exportToken\.pgpKey: got "a key", /),
  ]);
});

test("nothing of it is there where it is not asked for", () => {
  const out = synth((stack) => {
    const gateway = new TerminatingGateway(stack, "gw", GATEWAY);
    expect(gateway.encryptedTokenSecret).toBeUndefined();
  }) as unknown as { readonly data?: unknown };
  expect(out.data).toBeUndefined();
});

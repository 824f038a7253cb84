// A synthesised stack → a Terraform module that is used from HCL without any of this: no provider, no state, no engine.

interface Configuration {
  readonly terraform: { readonly required_providers: Readonly<Record<string, { readonly source: string }>> };
  readonly [block: string]: unknown;
}

/**
 * Text of the module's `main.tf.json`: what takes part in it is what the stack declares, less its provider and backend, which
 * are the caller's.
 * @param stack text of the stack's `cdk.tf.json`
 * @param versions of each provider that will do, as `{ consul: "~> 2.20" }`
 */
export function toTerraformModule(stack: string, versions: Readonly<Record<string, string>>): string {
  const { terraform, provider: _theirs, ...blocks } = JSON.parse(stack, withoutNotes) as Configuration;
  const providers = Object.entries(terraform.required_providers).map(([name, { source }]) => {
    const version = versions[name];
    return [name, { source: source.includes("/") ? source : `hashicorp/${source}`, ...(version && { version }) }];
  });
  const required = { required_providers: Object.fromEntries(providers) };
  return `${JSON.stringify({ terraform: required, ...blocks }, undefined, 2)}\n`;
}

/** The engine notes under `//` what it was made from. */
function withoutNotes(key: string, value: unknown): unknown {
  return key === "//" ? undefined : value;
}

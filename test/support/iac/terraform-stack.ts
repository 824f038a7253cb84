// A CDKTF stack in a folder of its own: synthesised from constructs, and its real OpenTofu with our provider attached.

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { filesBelow } from "./places";
import { type Action, makeTofu, type Tofu } from "./tofu";

export const STACK = "prod";

export interface DeployableStack {
  readonly tofu: Tofu;
  /** The output directory of synthesis. */
  readonly outdir: string;
  /** The state file. */
  readonly state: string;
  /** Synthesises these constructs, which become the configuration of the next command. */
  declare(constructs: (stack: TerraformStack) => void): void;
  /** The same for any library: it synthesises a stack of the name STACK into `outdir`, with a local backend at `state`. */
  synthesise(into: (outdir: string, state: string) => void): void;
  /** What a plan would do, by the resource's path below the stack: `egress/service-billing`. */
  plan(...args: readonly string[]): Promise<Readonly<Record<string, Action>>>;
  /** Terraform's address of a resource at this path below the stack. */
  addressOf(path: string): string;
  /** As any command needs it once. */
  init(): Promise<void>;
  /** Applies what is declared. */
  apply(): Promise<void>;
  /** All that synthesis and the engine have written down, by file. */
  written(): Readonly<Record<string, string>>;
  remove(): void;
}

/** @param reattach of a running TerraformProvider */
export async function openStack(binary: string, reattach: string): Promise<DeployableStack> {
  const root = mkdtempSync(join(tmpdir(), "tgw-tofu-"));
  const outdir = join(root, "cdktf.out");
  const state = join(root, "terraform.tfstate");
  const tofu = makeTofu(binary, join(root, "work"), reattach);
  mkdirSync(tofu.dir);
  const paths = new Map<string, string>();
  let isReady = false;
  const init = async (): Promise<void> => {
    if (!isReady) await tofu.ok("init", "-no-color");
    isReady = true;
  };
  const synthesise: DeployableStack["synthesise"] = (into) => {
    into(outdir, state);
    const made = join(outdir, "stacks", STACK);
    const text = readFileSync(join(made, "cdk.tf.json"), "utf8");
    // What synthesis left beside the configuration, which may refer to it.
    for (const name of readdirSync(made)) copyFileSync(join(made, name), join(tofu.dir, name));
    for (const [address, path] of pathsOf(JSON.parse(text))) paths.set(address, path);
    tofu.write(text);
  };
  return {
    tofu,
    outdir,
    state,
    declare(constructs) {
      synthesise(() => {
        const app = new App({ outdir });
        const stack = new TerraformStack(app, STACK);
        new LocalBackend(stack, { path: state });
        // Address and token come from the provider's environment: no secret in the configuration.
        new ConsulProvider(stack, "consul", { datacenter: "dc1" });
        constructs(stack);
        app.synth();
      });
    },
    synthesise,
    async plan(...args) {
      const actions = Object.entries(await tofu.plan(...args));
      return Object.fromEntries(actions.map(([address, action]) => [paths.get(address) ?? address, action]));
    },
    addressOf(path) {
      const found = [...paths].find(([, each]) => each === path);
      if (found === undefined) throw new Error(`nothing is declared at ${path}`);
      return found[0];
    },
    init,
    async apply() {
      await init();
      await tofu.ok("apply", "-no-color", "-auto-approve");
    },
    written: () => filesBelow(root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

interface Configuration {
  readonly resource: Readonly<Record<string, Readonly<Record<string, { "//": { metadata: { path: string } } }>>>>;
}

/** Construct paths by resource address; also of what is no longer declared when they are kept. */
function pathsOf({ resource }: Configuration): readonly (readonly [string, string])[] {
  return Object.entries(resource).flatMap(([type, byId]) =>
    Object.entries(byId).map(
      ([id, each]) => [`${type}.${id}`, each["//"].metadata.path.slice(STACK.length + 1)] as const,
    ),
  );
}

// The secret of the gateway's token, encrypted, as a resource that keeps it.

import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { TOKEN_SECRET_KEY } from "../../model/plan-acl";
import type { AclTokenSecretItem } from "../../model/plan-types";
import type { Leaf } from "./leaves";
import { mistakesIn } from "./mistakes";

interface Site {
  readonly name: string;
  readonly opts: { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Input<pulumi.Resource[]> };
  readonly token: pulumi.CustomResource | undefined;
  /** Whom an error is about. */
  readonly subject: string;
}

/**
 * The provider encrypts anew each time it is asked, and never gives the same text twice. Kept is the first one, until there is
 * another token or key: an update that changes nothing says so, and the output stays what it was.
 * @throws RunError where Pulumi's library is too old to keep a value
 */
export function keptSecret({ args }: AclTokenSecretItem<Leaf>, { name, opts, token, subject }: Site): pulumi.Stash {
  if (!(token instanceof consul.AclToken)) throw new Error(`${name} needs a token`);
  const { Stash } = pulumi as Partial<typeof pulumi>;
  if (Stash === undefined) throw mistakesIn(subject, [TOO_OLD]);
  const { accessorId } = token;
  const { pgpKey } = args;
  const { encryptedSecretId } = consul.getAclTokenSecretIdOutput({ accessorId, pgpKey }, { parent: opts.parent });
  const replacementTrigger = pulumi.all([accessorId, pgpKey]);
  return new Stash(name, { input: encryptedSecretId }, { ...opts, ignoreChanges: ["input"], replacementTrigger });
}

/** What is kept; undefined where nothing is exported. */
export function encryptedIn(made: ReadonlyMap<string, pulumi.CustomResource>): pulumi.Output<string> | undefined {
  const kept = made.get(TOKEN_SECRET_KEY) as pulumi.Stash | undefined;
  return kept?.output.apply((text: string) => text);
}

const TOO_OLD = {
  path: "acl.exportToken",
  got: "a @pulumi/pulumi without Stash",
  allowed: "@pulumi/pulumi and pulumi 3.208.0 or newer",
  hint: "update both, or leave acl.exportToken out",
};

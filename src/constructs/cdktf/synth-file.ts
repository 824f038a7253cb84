// Files written by synthesis beside a stack's cdk.tf.json. It uses a private hook of cdktf: nothing else may depend on it.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ISynthesisSession, TerraformStack } from "cdktf";
import type { Construct } from "constructs";

const CUSTOM_SYNTHESIS = Symbol.for("cdktf/customSynthesis");

/** A file name and its text; without text a file of an earlier run is removed. */
export interface SynthFile {
  readonly name: string;
  readonly text: string | undefined;
}

/** Once per construct; `files` is called when everything is declared and valid. */
export function writeAtSynth(construct: Construct, files: () => readonly SynthFile[]): void {
  const onSynthesize = (session: ISynthesisSession): void => {
    const { workingDirectory } = session.manifest.forStack(TerraformStack.of(construct));
    for (const { name, text } of files()) {
      const path = join(session.outdir, workingDirectory, name);
      if (text === undefined) rmSync(path, { force: true });
      else writeFileSync(path, text);
    }
  };
  Object.defineProperty(construct, CUSTOM_SYNTHESIS, { value: { onSynthesize } });
}

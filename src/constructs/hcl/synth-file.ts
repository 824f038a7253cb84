// Files written by synthesis beside a stack's cdk.tf.json. It uses a private hook of the engines: nothing else may depend on it.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Construct, IConstruct } from "constructs";
import type { Engine, EngineTypes } from "./engine";

const CUSTOM_SYNTHESIS = Symbol.for("cdktf/customSynthesis");

/** A file name and its text; without text a file of an earlier run is removed. */
export interface SynthFile {
  readonly name: string;
  readonly text: string | undefined;
}

/** What both engines pass to the hook. */
interface SynthesisSession {
  readonly outdir: string;
  readonly manifest: { forStack(stack: IConstruct): { readonly workingDirectory: string } };
}

/** Once per construct; `files` is called when everything is declared and valid. */
export function writeAtSynth<E extends EngineTypes>(
  engine: Engine<E>,
  construct: Construct,
  files: () => readonly SynthFile[],
): void {
  const onSynthesize = (session: SynthesisSession): void => {
    const { workingDirectory } = session.manifest.forStack(engine.stackOf(construct));
    for (const { name, text } of files()) {
      const path = join(session.outdir, workingDirectory, name);
      if (text === undefined) rmSync(path, { force: true });
      else writeFileSync(path, text);
    }
  };
  Object.defineProperty(construct, CUSTOM_SYNTHESIS, { value: { onSynthesize } });
}

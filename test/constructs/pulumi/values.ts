// Reads Outputs in tests.

import type { Output } from "@pulumi/pulumi";

interface Inner<T> {
  promise(): Promise<T>;
  readonly isKnown: Promise<boolean>;
}

/** The value; fails where it is unknown. */
export async function known<T>(output: Output<T> | undefined): Promise<T> {
  if (!(await isKnown(output))) throw new Error("the Output is not known");
  return (output as unknown as Inner<T>).promise();
}

export async function isKnown(output: Output<unknown> | undefined): Promise<boolean> {
  return output !== undefined && (output as unknown as Inner<unknown>).isKnown;
}

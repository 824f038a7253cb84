// A manifest source → the model of one gateway, or every mistake that keeps it from being one.

import type { GatewayModel } from "../../../model/gateway";
import type { Issue, Result } from "../../../model/issues";
import { decodeManifest } from "../../../model/manifest";
import { type Candidate, fromText, type Located, locate } from "./locate";

export interface ReadOptions {
  /** Name of the gateway, needed where the source holds several; `<namespace>/<name>` or `<stack>/…` where names repeat. */
  readonly gateway?: string;
  /** Text for the path `-`. @default - all of the process's standard input */
  readonly stdin?: () => Promise<string>;
}

/** Where the model came from, for people. */
export interface ManifestOrigin {
  /** As "gateway manifest" or "Terraform configuration (cdk.tf.json)". */
  readonly shape: string;
  /** Path, or "standard input". */
  readonly file: string;
  /** Stack of a CDKTF output; "" elsewhere. */
  readonly stack: string;
}

export interface ReadManifest {
  readonly model: GatewayModel;
  readonly origin: ManifestOrigin;
}

/** Reads a manifest file, a document that carries one, a `cdktf.out` directory (or the project around it), or `-`. */
export async function readManifest(path: string, options: ReadOptions = {}): Promise<Result<ReadManifest>> {
  return decide(path, await locate(path, options.stdin ?? readStdin), options.gateway);
}

/** The same of a text that is at hand; `from` is what messages call it. */
export function readManifestText(from: string, text: string, gateway: string | undefined): Result<ReadManifest> {
  return decide(from, fromText(from, text, ""), gateway);
}

/** As readManifest, with the files that the answer depends on, right or wrong. */
export async function readAndTrace(
  path: string,
  gateway: string | undefined,
): Promise<{ readonly result: Result<ReadManifest>; readonly files: readonly string[] }> {
  const located = await locate(path, readStdin);
  return { result: decide(path, located, gateway), files: located.files };
}

function decide(path: string, located: Located, gateway: string | undefined): Result<ReadManifest> {
  const chosen = located.candidates.filter((each) => gateway === undefined || namesOf(each).includes(gateway));
  const [only] = chosen;
  // A stack that cannot be read is no obstacle to the gateway of another one, once that one is named or alone.
  if (only === undefined && located.issues.length > 0) return { ok: false, error: located.issues };
  if (only === undefined || chosen.length > 1)
    return { ok: false, error: [choiceIssue(path, located, gateway, chosen)] };
  if (only.unresolved.length > 0) return { ok: false, error: [unresolvedIssue(only)] };
  const model = decodeManifest(only.manifest);
  if (!model.ok) return model;
  const { shape, file, stack } = only;
  return { ok: true, value: { model: model.value, origin: { shape, file, stack } } };
}

/** What a user may call it, from short to exact: `name`, `namespace/name`, `stack/namespace/name`. */
function namesOf({ gateway, stack }: Candidate): readonly string[] {
  const exact = stack === "" ? [] : [`${stack}/${gateway}`];
  return [gateway.slice(gateway.lastIndexOf("/") + 1), gateway, ...exact];
}

function exactName(candidate: Candidate): string {
  return namesOf(candidate).at(-1) ?? "";
}

/** Several of one gateway: `--gateway` cannot tell them apart. */
function twice(path: string, chosen: readonly Candidate[]): Issue {
  const places = chosen.flatMap(({ at }) => at);
  const where = places.length === 0 ? "" : `, in ${places.join(" and ")}`;
  return {
    path,
    got: `${chosen.length} different manifests of gateway "${chosen[0]?.gateway}"${where}`,
    allowed: "one manifest of each gateway",
    hint: "two declarations have one name, or a deployment was interrupted: deploy again, or pass the manifest of one",
  };
}

/** @param chosen those that the name fits */
function choiceIssue(
  path: string,
  { candidates, shapes }: Located,
  gateway: string | undefined,
  chosen: readonly Candidate[],
): Issue {
  if (candidates.length === 0) {
    const got = shapes.length === 0 ? "no stack" : `${[...new Set(shapes)].join(", ")} without a gateway`;
    const hint = "declare a TerminatingGateway and synthesise again, or pass the manifest of one";
    return { path, got, allowed: "a gateway manifest", hint };
  }
  const [first] = chosen;
  if (first !== undefined && chosen.every((each) => exactName(each) === exactName(first))) return twice(path, chosen);
  const all = candidates.map(exactName).sort();
  if (gateway === undefined) {
    const got = `${all.length} gateways: ${all.join(", ")}`;
    return { path, got, allowed: "one gateway", hint: "name one with --gateway" };
  }
  const got = candidates.some((each) => namesOf(each).includes(gateway))
    ? "a name that fits several"
    : "no such gateway";
  return { path: `--gateway ${gateway}`, got, allowed: all.join(", "), hint: `choose one that ${path} declares` };
}

function unresolvedIssue({ file, gateway, unresolved }: Candidate): Issue {
  return {
    path: `${file}: ${unresolved.join(", ")}`,
    got: "references that only the engine can resolve",
    allowed: "concrete values",
    hint: `deploy, and pass the JSON output of the engine for "${gateway}" instead of what was synthesised`,
  };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

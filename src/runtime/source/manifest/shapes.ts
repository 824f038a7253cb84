// Documents that can carry a gateway manifest, and where in each it lies. Pure: JSON value in, manifests out.

import { canonicalJson, MANIFEST_KIND } from "../../../model/manifest";
import { formatServiceName } from "../../../model/service-name";
import { exportedObjects, type Held, shownObjects, stateFileObjects } from "./holders";
import { resolveTemplates } from "./templates";

/** A manifest as found, not decoded yet. */
export interface Found {
  /** Name of the gateway as formatServiceName() writes it; "" where the manifest has none. */
  readonly gateway: string;
  readonly manifest: unknown;
  /** Paths in the manifest of values that only the engine can know. */
  readonly unresolved: readonly string[];
  /** Objects of the engine that hold it; none where the document has no such names. */
  readonly at: readonly string[];
}

export interface Document {
  /** What the document is, in words for people. */
  readonly shape: string;
  readonly found: readonly Found[];
}

type Json = Readonly<Record<string, unknown>>;

interface Shape {
  readonly name: string;
  matches(document: Json): boolean;
  /** What is current and resolved; the rest may repeat it or hold an older state. */
  objects(document: Json): readonly Held[];
  /** Strings are Terraform templates, so `${…}` is a reference and `$${` a literal. */
  readonly templates?: true;
}

const whole = (value: unknown): readonly Held[] => [{ isOwn: true, at: "", value }];

/** First match wins: from the most to the least particular. */
const SHAPES: readonly Shape[] = [
  { name: "gateway manifest", matches: (doc) => doc.kind === MANIFEST_KIND, objects: whole },
  {
    name: "Terraform outputs (output -json)",
    matches: (doc) => {
      const outputs = Object.values(doc);
      return outputs.length > 0 && outputs.every((each) => isObject(each) && "sensitive" in each && "value" in each);
    },
    objects: whole,
  },
  {
    name: "Terraform configuration (cdk.tf.json)",
    matches: (doc) => isObject(doc.terraform) && isObject(doc.resource),
    objects: (doc) => whole(isObject(doc.resource) ? doc.resource.terraform_data : undefined),
    templates: true,
  },
  {
    name: "Terraform plan (show -json)",
    matches: (doc) => "format_version" in doc && isObject(doc.planned_values),
    objects: (doc) => shownObjects(doc.planned_values),
  },
  {
    name: "Terraform state (show -json)",
    matches: (doc) => "format_version" in doc && isObject(doc.values),
    objects: (doc) => shownObjects(doc.values),
  },
  {
    name: "Terraform state file",
    matches: (doc) => doc.version === 4 && Array.isArray(doc.resources),
    objects: stateFileObjects,
  },
  {
    name: "Pulumi stack export",
    matches: (doc) => "version" in doc && isObject(doc.deployment),
    objects: (doc) => exportedObjects(doc.deployment),
  },
  { name: "stack outputs", matches: () => true, objects: whole },
];

/** Manifests of a parsed document, without repetitions, sorted by gateway. */
export function findManifests(document: unknown): Document {
  if (!isObject(document)) return { shape: "JSON that is not an object", found: [] };
  const shape = SHAPES.find((each) => each.matches(document));
  const all = (shape?.objects(document) ?? []).flatMap(({ isOwn, at, value: held }) =>
    [...walk(held)].map((raw) => {
      const { value, unresolved } =
        shape?.templates === true ? resolveTemplates(raw) : { value: raw as unknown, unresolved: [] };
      return { isOwn, at, gateway: gatewayNameOf(value), manifest: value, unresolved };
    }),
  );
  const owned = new Set(all.flatMap(({ isOwn, gateway }) => (isOwn ? [gateway] : [])));
  const byBytes = new Map<string, Found>();
  for (const { isOwn, at, ...each } of all) {
    if (!isOwn && owned.has(each.gateway)) continue;
    const bytes = canonicalJson(each.manifest);
    const places = [...(byBytes.get(bytes)?.at ?? []), ...(at === "" ? [] : [at])];
    byBytes.set(bytes, { ...each, at: [...new Set(places)] });
  }
  const found = [...byBytes.values()].sort((a, b) => (a.gateway < b.gateway ? -1 : 1));
  return { shape: shape?.name ?? "", found };
}

/** Objects of our kind anywhere below, those inside strings of JSON included. */
function* walk(value: unknown): Generator<Json> {
  if (typeof value === "string" && value.startsWith("{") && value.includes(MANIFEST_KIND)) {
    yield* walk(parseOr(value));
  } else if (Array.isArray(value)) {
    for (const each of value) yield* walk(each);
  } else if (isObject(value)) {
    if (value.kind === MANIFEST_KIND) yield value;
    else for (const each of Object.values(value)) yield* walk(each);
  }
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function gatewayNameOf(manifest: unknown): string {
  const { name, namespace, partition } = isObject(manifest) && isObject(manifest.gateway) ? manifest.gateway : {};
  return formatServiceName({
    name: typeof name === "string" ? name : "",
    ...(typeof namespace === "string" ? { namespace } : {}),
    ...(typeof partition === "string" ? { partition } : {}),
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

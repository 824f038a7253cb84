// The objects of a state that may hold a manifest. A deployment that was interrupted leaves more than one manifest of a gateway: the
// one that is deployed last says what was deployed in full, copies (a key of Consul's, whatever a user fed with it) may be ahead or
// behind, and objects that only wait to be deleted say nothing any more. Pure.

import { MANIFEST_KIND } from "../../../model/manifest-names";

export interface Held {
  /** Whether this is the manifest itself, and no copy of it. */
  readonly isOwn: boolean;
  /** What the engine calls the object, as "terraform_data.egress_manifest". */
  readonly at: string;
  readonly value: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** Of a state file; objects that were replaced and are not deleted yet ("deposed") are left out. */
export function stateFileObjects({ resources }: Json): readonly Held[] {
  return objectsIn(resources).flatMap((resource) => {
    const { module, type, name, mode, instances } = resource;
    const address = [module, ...(mode === "data" ? ["data"] : []), type, name].filter(
      (each) => typeof each === "string",
    );
    return objectsIn(instances)
      .filter(({ deposed }) => deposed === undefined)
      .map((value) => ({
        isOwn: type === "terraform_data" && isManifestItself(value.attributes),
        at: address.join("."),
        value,
      }));
  });
}

/** Of `values` or `planned_values` of `show -json`: outputs are copies. */
export function shownObjects(values: unknown): readonly Held[] {
  if (!isObject(values)) return [];
  return [...moduleObjects(values.root_module), { isOwn: false, at: "an output", value: values.outputs }];
}

function moduleObjects(module: unknown): readonly Held[] {
  if (!isObject(module)) return [];
  const own = objectsIn(module.resources)
    .filter(({ deposed_key: deposed }) => deposed === undefined)
    .map(({ type, address, values }) => ({
      isOwn: type === "terraform_data" && isManifestItself(values),
      at: typeof address === "string" ? address : "a resource",
      value: values,
    }));
  return [...own, ...objectsIn(module.child_modules).flatMap(moduleObjects)];
}

/** What a declaration makes has the manifest as its input; what is fed with one has its text. */
function isManifestItself(attributes: unknown): boolean {
  const input = isObject(attributes) ? attributes.input : undefined;
  // A state file says the type beside the value.
  const value = isObject(input) && isObject(input.value) ? input.value : input;
  return isObject(value) && value.kind === MANIFEST_KIND;
}

/** Of a stack export; operations that were interrupted, and resources that are to be deleted, are left out. */
export function exportedObjects(deployment: unknown): readonly Held[] {
  if (!isObject(deployment)) return [];
  return objectsIn(deployment.resources)
    .filter((resource) => resource.delete !== true)
    .map(({ type, urn, outputs, inputs }) => ({
      isOwn: typeof type === "string" && type.endsWith(":index:TerminatingGateway"),
      at: typeof urn === "string" ? urn : "a resource",
      value: [outputs, inputs],
    }));
}

function objectsIn(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

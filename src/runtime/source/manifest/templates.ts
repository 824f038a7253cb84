// Terraform's template strings in synthesised JSON: literals are unescaped, references are found. Pure.

export interface Resolved {
  readonly value: unknown;
  /** Paths of strings that hold a reference, as `services[0].instances[0].address`. */
  readonly unresolved: readonly string[];
}

/** Unescapes every string of a JSON value: `$${` is the text `${`, `%%{` the text `%{`. */
export function resolveTemplates(value: unknown): Resolved {
  const unresolved: string[] = [];
  const visit = (each: unknown, path: string): unknown => {
    if (typeof each === "string") {
      if (hasReference(each)) unresolved.push(path === "" ? "the whole manifest" : path);
      return each.replaceAll("$${", "${").replaceAll("%%{", "%{");
    }
    if (Array.isArray(each)) return each.map((item, index) => visit(item, `${path}[${index}]`));
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(
      Object.entries(each).map(([key, item]) => [key, visit(item, path === "" ? key : `${path}.${key}`)]),
    );
  };
  return { value: visit(value, ""), unresolved };
}

function hasReference(text: string): boolean {
  return /[$%]\{/.test(text.replaceAll("$${", "").replaceAll("%%{", ""));
}

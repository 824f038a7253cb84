// Docstrings, types and tags as Markdown.
import ts from "typescript";

const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** As it is written, without import paths. */
export function typeText(type, { checker }) {
  return checker
    .typeToString(type, undefined, FLAGS)
    .replaceAll(/import\("[^"]*"\)\./g, "")
    .replaceAll(/\b(library|hcl|pulumi|output)\./g, "");
}

/** A paragraph; empty where nothing is said. */
export function docOf(symbol, { checker }) {
  const text = ts.displayPartsToString(symbol?.getDocumentationComment(checker) ?? []).trim();
  return text === "" ? "" : `${text}\n`;
}

export function tagOf(of, name) {
  const tag = of.getJsDocTags().find((each) => each.name === name);
  return tag === undefined ? undefined : ts.displayPartsToString(tag.text ?? []).trim();
}

export const inTable = (text) => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");

/** Name, type, default and meaning of each; one without a default that may be left out has "–". */
export function propTable(props, prefix, context) {
  const { checker } = context;
  const rows = props.map((prop) => {
    const isOptional = (prop.flags & ts.SymbolFlags.Optional) !== 0;
    const type = checker.getTypeOfSymbol(prop);
    const text = typeText(isOptional ? checker.getNonNullableType(type) : type, context);
    const said = tagOf(prop, "default");
    const byDefault = said === undefined ? (isOptional ? "–" : "required") : defaultText(said);
    const meaning = docOf(prop, context).trim();
    return `| \`${prefix}${prop.name}\` | \`${inTable(text)}\` | ${inTable(byDefault)} | ${inTable(meaning)} |`;
  });
  const isData = props.some((prop) => prop.flags & ts.SymbolFlags.Optional);
  if (isData) return ["| Name | Type | Default | Meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
  const plain = rows.map((row) => row.replace(/ \| required \| (?=[^|]*\|$)/, " | "));
  return ["| Name | Type | Meaning |", "|---|---|---|", ...plain, ""].join("\n");
}

/** `- text` is prose, `value - text` a value with its reason, anything else a value. */
function defaultText(said) {
  const [, value = "", prose = ""] = /^(.*?)(?:(?:^| )- (.*))?$/s.exec(said) ?? [];
  return [value === "" ? "" : `\`${value}\``, prose].filter((part) => part !== "").join(": ");
}

/** A heading with the call, what it does, its parameters and errors. */
export function callLines(name, call, context) {
  const { checker } = context;
  const parameters = call.getParameters().map((each) => {
    const [declaration] = each.declarations ?? [];
    const isOptional = declaration !== undefined && ts.isParameter(declaration) && isOptionalParameter(declaration);
    const isRest = declaration !== undefined && ts.isParameter(declaration) && declaration.dotDotDotToken !== undefined;
    const type = checker.getTypeOfSymbol(each);
    const text = typeText(isOptional ? checker.getNonNullableType(type) : type, context);
    return `${isRest ? "..." : ""}${each.name}${isOptional ? "?" : ""}: ${text}`;
  });
  const isNew = name.startsWith("new ");
  const result = isNew ? "" : `: ${typeText(call.getReturnType(), context)}`;
  const said = call.getJsDocTags().filter((tag) => ["param", "throws", "returns"].includes(tag.name));
  const tags = said.map((tag) => `- ${tagText(tag)}`);
  const doc = ts.displayPartsToString(call.getDocumentationComment(checker)).trim();
  return [
    `### \`${name}(${call
      .getParameters()
      .map((each) => each.name)
      .join(", ")})\`\n`,
    `\`\`\`ts\n${name}(${parameters.join(", ")})${result}\n\`\`\`\n`,
    ...(doc === "" ? [] : [`${doc}\n`]),
    ...(tags.length === 0 ? [] : [`${tags.join("\n")}\n`]),
  ];
}

const isOptionalParameter = (declaration) =>
  declaration.questionToken !== undefined || declaration.initializer !== undefined;

function tagText({ name, text = [] }) {
  const said = ts.displayPartsToString(text).replaceAll(/\s+/g, " ").trim();
  if (name === "throws") return `throws ${said}`;
  if (name === "returns") return `gives ${said}`;
  return said.replace(/^(\S+)(?: -)? /, "`$1`: ");
}

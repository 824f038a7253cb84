// Plain data → YAML that 1.1 and 1.2 parsers read alike: block style, texts of several lines as literal blocks so that a
// change of one service is a change of a few lines, everything else that could mean something in double quotes.

export type Yaml = string | number | boolean | readonly Yaml[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: Yaml;
}

/** One document, without `---`. Keys keep their order. Numbers must be finite. */
export function yamlText(map: YamlMap): string {
  return `${lines(map).join("\n")}\n`;
}

function lines(value: YamlMap | readonly Yaml[]): readonly string[] {
  if (isList(value)) {
    return value.flatMap((each) => {
      const [first = "", ...rest] = isNested(each) ? lines(each) : attached("", each);
      return [`- ${first.trimStart()}`, ...rest.map(indent)];
    });
  }
  return Object.entries(value).flatMap(([key, each]) => attached(`${scalar(key)}:`, each));
}

/** A value behind its key, or below it. */
function attached(key: string, value: Yaml): readonly string[] {
  if (isNested(value)) return [key, ...lines(value).map(indent)];
  if (typeof value === "object") return [`${key} ${isList(value) ? "[]" : "{}"}`];
  if (typeof value === "string" && isBlock(value)) {
    return [`${key} |`, ...value.slice(0, -1).split("\n").map(indent)];
  }
  return [`${key} ${scalar(value)}`];
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

/** Whether it is a list or map with anything in it. */
function isNested(value: Yaml): value is YamlMap | readonly Yaml[] {
  return typeof value === "object" && Object.keys(value).length > 0;
}

/** Blank lines stay empty, as no indentation is counted there. */
function indent(line: string): string {
  return line === "" ? "" : `  ${line}`;
}

/** Literal blocks need: lines that end with one newline, a first line that shows the indentation, printable characters. */
function isBlock(text: string): boolean {
  const body = text.slice(0, -1);
  return text.endsWith("\n") && body.includes("\n") && /^\S/.test(body) && /\S$/.test(body) && !UNPRINTABLE.test(body);
}

/** Not allowed in YAML unquoted, or a line break for some parsers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/** A JSON text is a YAML text, but for characters that JSON lets stand. */
function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  if (/^[A-Za-z/][\w./-]*$/.test(value) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(value)) return value;
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

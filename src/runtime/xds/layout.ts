// What the encoder knows of a message: number and kind of each field, from the generated table. Read when first needed.

import { MESSAGES } from "./gen/lean/messages";

/**
 * `text`, `bytes`, `integer` (booleans and enums too), `double`, `message`, `wrapper` (google.protobuf.StringValue and its
 * like, written as their value), lists of text and of messages, maps from text to messages; `other`: not supported.
 */
export type FieldKind =
  | "text"
  | "bytes"
  | "integer"
  | "double"
  | "message"
  | "wrapper"
  | "texts"
  | "messages"
  | "map"
  | "other";

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  readonly oneof?: string;
  /** Full name of the message that it holds. */
  readonly message?: string;
}

/** The letters of the table, see tools/gen-lean.mjs. */
const KINDS: Readonly<Record<string, FieldKind>> = {
  ...{ s: "text", b: "bytes", v: "integer", d: "double", m: "message", w: "wrapper" },
  ...{ S: "texts", M: "messages", P: "map", x: "other" },
};

const rows = new Map(MESSAGES.map((row) => [nameIn(row), row]));

/** The fields of a message by its full name. Throws when nobody builds that message. */
export function fieldsOf(typeName: string): readonly Field[] {
  const row = rows.get(typeName);
  if (row === undefined) throw new Error(`${typeName} is not in the table`);
  return row
    .slice(typeName.length + 1)
    .split(" ")
    .filter((text) => text !== "")
    .map(readField);
}

function readField(text: string): Field {
  const [path = "", number, kind = "x", id] = text.split(":");
  const [oneof, inOneof] = path.split("/");
  return {
    ...(inOneof === undefined ? { name: path } : { name: inOneof, oneof: oneof ?? "" }),
    number: Number(number),
    kind: KINDS[kind] ?? "other",
    ...(id === undefined ? {} : { message: nameIn(MESSAGES[Number(id)] ?? "") }),
  };
}

function nameIn(row: string): string {
  return row.slice(0, row.indexOf(" "));
}

// Typed plain objects → protobuf bytes, for the few thousand messages per second that a full build needs: only the keys
// that an object has are visited, and constant parts are encoded once. Same object, same bytes: fields in the order of
// their keys, map entries sorted. The decoder's own library checks it in the tests.

import type { DescField, DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { LENGTHENED, type Write, writeScalar } from "./scalars";
import { makeWriter } from "./wire";

type Plan = ReadonlyMap<string, Write | ReadonlyMap<string, Write>>;

/** Bytes of a constant part, under a key that no field can have. */
const ENCODED = Symbol("encoded");

/** Compiled from descriptors, which are constants. */
const plans = new Map<DescMessage, Plan>();
const writer = makeWriter();

/** The message's bytes. Throws on an unknown key and on a kind of field that is not supported, both mistakes of ours. */
export function encode<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array {
  const start = writer.mark();
  try {
    writeMessage(schema, init);
  } catch (error) {
    writer.take(start);
    throw error;
  }
  return writer.take(start);
}

/**
 * A message inside a bytes field, as google.protobuf.Any has one: encoded in place and without a copy of its own when the
 * message around it is.
 */
export function deferred<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array {
  return new Deferred(schema, init) as unknown as Uint8Array;
}

class Deferred {
  constructor(
    readonly schema: DescMessage,
    readonly init: object,
  ) {}
}

/** A part that never changes: encoded now, copied into every message that holds it. */
export function constant<D extends DescMessage>(schema: D, init: MessageInitShape<D>): MessageInitShape<D> {
  return { [ENCODED]: encode(schema, init) } as unknown as MessageInitShape<D>;
}

function writeMessage(schema: DescMessage, init: object): void {
  const encoded = (init as { [ENCODED]?: Uint8Array })[ENCODED];
  if (encoded !== undefined) {
    writer.bytes(encoded);
    return;
  }
  const plan = planOf(schema);
  const keys = Object.keys(init);
  // Backwards, because the writer fills its buffer from the end: lengths are then known when they are needed.
  for (let i = keys.length - 1; i >= 0; i -= 1) {
    const key = keys[i] as string;
    const value = (init as Record<string, unknown>)[key];
    if (value === undefined || key === "$typeName") continue;
    const write = plan.get(key);
    if (write === undefined) throw new Error(`${schema.typeName} has no field ${key}`);
    if (typeof write === "function") write(writer, value);
    else {
      const chosen = value as { readonly case: string | undefined; readonly value?: unknown };
      if (chosen.case !== undefined) write.get(chosen.case)?.(writer, chosen.value);
    }
  }
}

function planOf(schema: DescMessage): Plan {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan = new Map<string, Write | ReadonlyMap<string, Write>>();
  for (const member of schema.members) {
    if (member.kind === "field") plan.set(member.localName, writeField(member));
    else plan.set(member.localName, new Map(member.fields.map((field) => [field.localName, writeField(field)])));
  }
  plans.set(schema, plan);
  return plan;
}

function writeField(field: DescField): Write {
  const { number } = field;
  switch (field.fieldKind) {
    case "scalar":
      return field.scalar === ScalarType.BYTES
        ? writeBytes(field)
        : writeScalar(number, field.scalar, field.oneof !== undefined);
    case "enum":
      return writeScalar(number, ScalarType.INT32, field.oneof !== undefined);
    case "message": {
      const { message } = field;
      if (isWrapperDesc(message) && field.oneof === undefined) {
        return (_, value) => writeLengthened(number, () => writeMessage(message, { value }));
      }
      return (_, value) => writeLengthened(number, () => writeMessage(message, value as object));
    }
    case "list":
      return writeList(field, number);
    case "map":
      return writeMap(field, number);
  }
}

function writeBytes(field: DescField & { readonly fieldKind: "scalar" }): Write {
  const write = writeScalar(field.number, ScalarType.BYTES, field.oneof !== undefined);
  return (out, value) => {
    if (value instanceof Deferred) writeLengthened(field.number, () => writeMessage(value.schema, value.init));
    else write(out, value);
  };
}

function writeList(field: DescField & { readonly fieldKind: "list" }, number: number): Write {
  if (field.listKind === "message") {
    const { message } = field;
    return (_, values) => {
      const list = values as object[];
      for (let i = list.length - 1; i >= 0; i -= 1) {
        writeLengthened(number, () => writeMessage(message, list[i] as object));
      }
    };
  }
  if (field.listKind === "scalar" && field.scalar === ScalarType.STRING) {
    const one = writeScalar(number, field.scalar, true);
    return (out, values) => {
      const list = values as string[];
      for (let i = list.length - 1; i >= 0; i -= 1) one(out, list[i]);
    };
  }
  return () => {
    throw new Error(`repeated field ${field.localName} is not supported`);
  };
}

function writeMap(field: DescField & { readonly fieldKind: "map" }, number: number): Write {
  const { mapKind, mapKey } = field;
  if (mapKind !== "message" || mapKey !== ScalarType.STRING) {
    return () => {
      throw new Error(`map ${field.localName} is not supported`);
    };
  }
  const writeKey = writeScalar(1, ScalarType.STRING, false);
  return (out, values) => {
    const entries = Object.entries(values as Record<string, object>);
    for (const [key, value] of entries.sort(([a], [b]) => (a < b ? 1 : -1))) {
      writeLengthened(number, () => {
        writeLengthened(2, () => writeMessage(field.message, value));
        writeKey(out, key);
      });
    }
  };
}

function writeLengthened(number: number, write: () => void): void {
  const start = writer.mark();
  write();
  writer.varint(writer.mark() - start);
  writer.varint((number << 3) | LENGTHENED);
}

// Typed plain objects → protobuf bytes, for the few thousand messages per second that a full build needs: only the keys
// that an object has are visited, and constant parts are encoded once. Same object, same bytes: fields in the order of
// their keys, map entries sorted. The decoder's own library checks it in the tests.

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { type Field, fieldsOf } from "./layout";
import { LENGTHENED, type Write, writeScalar } from "./scalars";
import { makeWriter } from "./wire";

type Plan = ReadonlyMap<string, Write | ReadonlyMap<string, Write>>;

/** Bytes of a constant part, under a key that no field can have. */
const ENCODED = Symbol("encoded");

/** A kind of message; its plan is made when the first one is written, as kinds hold each other. */
interface Kind {
  readonly typeName: string;
  plan?: Plan;
}

/** By the message's full name. */
const kinds = new Map<string, Kind>();
const writer = makeWriter();

/** The message's bytes. Throws on an unknown key and on a kind of field that is not supported, both mistakes of ours. */
export function encode<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Uint8Array {
  const start = writer.mark();
  try {
    writeMessage(kindOf(schema.typeName), init);
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
  return new Deferred(kindOf(schema.typeName), init) as unknown as Uint8Array;
}

class Deferred {
  constructor(
    readonly kind: Kind,
    readonly init: object,
  ) {}
}

/** A part that never changes: encoded now, copied into every message that holds it. */
export function constant<D extends DescMessage>(schema: D, init: MessageInitShape<D>): MessageInitShape<D> {
  return { [ENCODED]: encode(schema, init) } as unknown as MessageInitShape<D>;
}

function writeMessage(kind: Kind, init: object): void {
  const encoded = (init as { [ENCODED]?: Uint8Array })[ENCODED];
  if (encoded !== undefined) {
    writer.bytes(encoded);
    return;
  }
  kind.plan ??= planOf(kind.typeName);
  const { plan } = kind;
  const keys = Object.keys(init);
  // Backwards, because the writer fills its buffer from the end: lengths are then known when they are needed.
  for (let i = keys.length - 1; i >= 0; i -= 1) {
    const key = keys[i] as string;
    const value = (init as Record<string, unknown>)[key];
    if (value === undefined || key === "$typeName") continue;
    const write = plan.get(key);
    if (write === undefined) throw new Error(`${kind.typeName} has no field ${key}`);
    if (typeof write === "function") write(writer, value);
    else {
      const chosen = value as { readonly case: string | undefined; readonly value?: unknown };
      if (chosen.case !== undefined) write.get(chosen.case)?.(writer, chosen.value);
    }
  }
}

function kindOf(typeName: string): Kind {
  const known = kinds.get(typeName);
  if (known !== undefined) return known;
  const kind = { typeName };
  kinds.set(typeName, kind);
  return kind;
}

function planOf(typeName: string): Plan {
  const plan = new Map<string, Write | Map<string, Write>>();
  for (const field of fieldsOf(typeName)) {
    const write = writeField(field);
    if (field.oneof === undefined) plan.set(field.name, write);
    else {
      const cases = plan.get(field.oneof);
      if (cases instanceof Map) cases.set(field.name, write);
      else plan.set(field.oneof, new Map([[field.name, write]]));
    }
  }
  return plan;
}

function writeField(field: Field): Write {
  const { number, kind, oneof } = field;
  const held = kindOf(field.message ?? "");
  switch (kind) {
    case "text":
    case "integer":
    case "double":
      return writeScalar(number, kind, oneof !== undefined);
    case "bytes":
      return writeBytes(field);
    case "message":
      return (_, value) => writeLengthened(number, () => writeMessage(held, value as object));
    case "wrapper":
      return (_, value) => writeLengthened(number, () => writeMessage(held, { value }));
    case "texts": {
      const one = writeScalar(number, "text", true);
      return (out, values) => eachBackwards(values as string[], (text) => one(out, text));
    }
    case "messages":
      return (_, values) =>
        eachBackwards(values as object[], (init) => writeLengthened(number, () => writeMessage(held, init)));
    case "map":
      return writeMap(number, held);
    case "other":
      return () => {
        throw new Error(`field ${field.name} is of a kind that is not supported`);
      };
  }
}

function writeBytes({ number, oneof }: Field): Write {
  const write = writeScalar(number, "bytes", oneof !== undefined);
  return (out, value) => {
    if (value instanceof Deferred) writeLengthened(number, () => writeMessage(value.kind, value.init));
    else write(out, value);
  };
}

function writeMap(number: number, held: Kind): Write {
  const writeKey = writeScalar(1, "text", false);
  return (out, values) => {
    const entries = Object.entries(values as Record<string, object>);
    for (const [key, value] of entries.sort(([a], [b]) => (a < b ? 1 : -1))) {
      writeLengthened(number, () => {
        writeLengthened(2, () => writeMessage(held, value));
        writeKey(out, key);
      });
    }
  };
}

function eachBackwards<T>(list: readonly T[], write: (item: T) => void): void {
  for (let i = list.length - 1; i >= 0; i -= 1) write(list[i] as T);
}

function writeLengthened(number: number, write: () => void): void {
  const start = writer.mark();
  write();
  writer.varint(writer.mark() - start);
  writer.varint((number << 3) | LENGTHENED);
}

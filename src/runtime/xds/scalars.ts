// Scalar fields of a protobuf message into a writer: those kinds that Envoy's API uses and we set.

import type { FieldKind } from "./layout";
import type { Writer } from "./wire";

/** Puts a value with its tag. Throws on a value that the field's kind cannot hold. */
export type Write = (writer: Writer, value: unknown) => void;

const VARINT = 0;
const FIXED64 = 1;
/** Wire type of everything with a length: text, bytes, messages. */
export const LENGTHENED = 2;

/**
 * How a field of this number and kind is written.
 * @param always also where the value is the default, which has a meaning in a oneof
 */
export function writeScalar(
  number: number,
  kind: Extract<FieldKind, "text" | "bytes" | "integer" | "double">,
  always: boolean,
): Write {
  const tag = (type: number): number => (number << 3) | type;
  switch (kind) {
    case "text":
      return (out, value) => {
        if (value === "" && !always) return;
        out.varint(out.text(value as string));
        out.varint(tag(LENGTHENED));
      };
    case "bytes":
      return (out, value) => {
        const bytes = value as Uint8Array;
        if (bytes.length === 0 && !always) return;
        out.bytes(bytes);
        out.varint(bytes.length);
        out.varint(tag(LENGTHENED));
      };
    case "integer":
      return (out, value) => {
        const integer = Number(value);
        if (!Number.isSafeInteger(integer) || integer < 0) throw new Error(`${integer} is not supported`);
        if (integer === 0 && !always) return;
        out.varint(integer);
        out.varint(tag(VARINT));
      };
    case "double":
      return (out, value) => {
        if (value === 0 && !always) return;
        out.double(value as number);
        out.varint(tag(FIXED64));
      };
  }
}

// Scalar fields of a protobuf message into a writer: those kinds that Envoy's API uses and we set.

import { ScalarType } from "@bufbuild/protobuf";
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
export function writeScalar(number: number, scalar: ScalarType, always: boolean): Write {
  const tag = (type: number): number => (number << 3) | type;
  switch (scalar) {
    case ScalarType.STRING:
      return (out, value) => {
        if (value === "" && !always) return;
        out.varint(out.text(value as string));
        out.varint(tag(LENGTHENED));
      };
    case ScalarType.BYTES:
      return (out, value) => {
        const bytes = value as Uint8Array;
        if (bytes.length === 0 && !always) return;
        out.bytes(bytes);
        out.varint(bytes.length);
        out.varint(tag(LENGTHENED));
      };
    case ScalarType.BOOL:
    case ScalarType.INT32:
    case ScalarType.UINT32:
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return (out, value) => {
        const integer = Number(value);
        if (!Number.isSafeInteger(integer) || integer < 0) throw new Error(`${integer} is not supported`);
        if (integer === 0 && !always) return;
        out.varint(integer);
        out.varint(tag(VARINT));
      };
    case ScalarType.DOUBLE:
      return (out, value) => {
        if (value === 0 && !always) return;
        out.double(value as number);
        out.varint(tag(FIXED64));
      };
    default:
      return () => {
        throw new Error(`field ${number} of scalar kind ${scalar} is not supported`);
      };
  }
}

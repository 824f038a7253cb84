// Protobuf bytes into fields, as much as a request of the delta protocol needs. Pure.

/** One field on the wire. `value`: its content where it has a length, else its number; fixed-size fields are skipped. */
export interface WireField {
  readonly number: number;
  readonly value: Uint8Array | number;
  /** Where it begins and ends, tag included. */
  readonly from: number;
  readonly to: number;
}

const utf8 = new TextDecoder();

/** In the order of the bytes. Throws where they are no message; integers above 2^53 lose digits. */
export function* readFields(bytes: Uint8Array): Generator<WireField, void, undefined> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at];
      if (byte === undefined || factor > 2 ** 63) throw new Error("a protobuf message is cut off");
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new Error("a protobuf message is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const from = at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint(), from, to: at };
        break;
      case 2: {
        const value = take(varint());
        yield { number, value, from, to: at };
        break;
      }
      case 1:
        take(8);
        break;
      case 5:
        take(4);
        break;
      default:
        throw new Error(`a protobuf message has a field of wire type ${tag % 8}`);
    }
  }
}

/** Text of a field; "" for a number. */
export function textOf(value: WireField["value"]): string {
  return typeof value === "number" ? "" : utf8.decode(value);
}

/** The fields of a message inside; none for a number. */
export function fieldsIn(value: WireField["value"]): Iterable<WireField> {
  return typeof value === "number" ? [] : readFields(value);
}

// A protobuf byte buffer that is filled from its end to its start, so that the length of a part is known before it is
// written. Grows as needed and is used again for every message.

export interface Writer {
  /** Bytes written so far. */
  mark(): number;
  /** Puts bytes before what is there. */
  bytes(bytes: Uint8Array): void;
  /** Puts UTF-8 text; returns its length in bytes. */
  text(text: string): number;
  /** An integer from 0 to 2^53 - 1. */
  varint(value: number): void;
  double(value: number): void;
  /** Copies out what was written since `mark` and forgets it. */
  take(mark: number): Uint8Array;
}

export function makeWriter(): Writer {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let start = buffer.length;

  const reserve = (size: number): void => {
    if (start >= size) return;
    const used = buffer.length - start;
    const larger = Buffer.allocUnsafe(2 * (used + size) + buffer.length);
    buffer.copy(larger, larger.length - used, start);
    start = larger.length - used;
    buffer = larger;
  };

  return {
    mark: () => buffer.length - start,
    bytes(bytes) {
      reserve(bytes.length);
      start -= bytes.length;
      buffer.set(bytes, start);
    },
    text(text) {
      const size = Buffer.byteLength(text);
      reserve(size);
      start -= size;
      buffer.write(text, start, size);
      return size;
    },
    varint(value) {
      reserve(8);
      let size = 1;
      for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
      start -= size;
      let rest = value;
      for (let i = 0; i < size - 1; i += 1) {
        buffer[start + i] = (rest % 128) | 0x80;
        rest = Math.floor(rest / 128);
      }
      buffer[start + size - 1] = rest;
    },
    double(value) {
      reserve(8);
      start -= 8;
      buffer.writeDoubleLE(value, start);
    },
    take(mark) {
      const end = buffer.length - mark;
      const taken = new Uint8Array(buffer.subarray(start, end));
      start = end;
      return taken;
    },
  };
}

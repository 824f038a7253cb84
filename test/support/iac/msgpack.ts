// MessagePack as Terraform's plugin protocol uses it: values of cty types, and "known after apply" as an extension.

import { type Attributes, UNKNOWN, type Value } from "./values";

/** Bytes of a value; integers up to 32 bits, other numbers as doubles. */
export function pack(value: Value): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (value === UNKNOWN) return Buffer.from([0xd4, 0, 0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") return packNumber(value);
  if (typeof value === "string") return Buffer.concat([sized(0xdb, Buffer.byteLength(value)), Buffer.from(value)]);
  if (isList(value)) return Buffer.concat([sized(0xdd, value.length), ...value.map(pack)]);
  const entries = Object.entries(value as Attributes);
  return Buffer.concat([sized(0xdf, entries.length), ...entries.flatMap(([key, each]) => [pack(key), pack(each)])]);
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

function sized(type: number, length: number): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(length, 1);
  return head;
}

function packNumber(value: number): Buffer {
  const isShort = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  const bytes = Buffer.alloc(isShort ? 5 : 9, isShort ? 0xd2 : 0xcb);
  if (isShort) bytes.writeInt32BE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** The value of bytes; every extension means "known after apply". */
export function unpack(bytes: Buffer): Value {
  return new Reader(bytes).value();
}

/** Where a size of 1, 2 or 4 bytes follows the type byte. */
const SIZED: Readonly<Record<number, readonly ["text" | "list" | "map" | "extension", number]>> = {
  ...{ 196: ["text", 1], 197: ["text", 2], 198: ["text", 4] },
  ...{ 217: ["text", 1], 218: ["text", 2], 219: ["text", 4] },
  ...{ 220: ["list", 2], 221: ["list", 4], 222: ["map", 2], 223: ["map", 4] },
  ...{ 199: ["extension", 1], 200: ["extension", 2], 201: ["extension", 4] },
};

/** Plain numbers: how many bytes, and how they are read. */
const NUMBERS: Readonly<Record<number, readonly [number, (bytes: Buffer) => number]>> = {
  202: [4, (bytes) => bytes.readFloatBE()],
  203: [8, (bytes) => bytes.readDoubleBE()],
  204: [1, (bytes) => bytes.readUInt8()],
  205: [2, (bytes) => bytes.readUInt16BE()],
  206: [4, (bytes) => bytes.readUInt32BE()],
  207: [8, (bytes) => Number(bytes.readBigUInt64BE())],
  208: [1, (bytes) => bytes.readInt8()],
  209: [2, (bytes) => bytes.readInt16BE()],
  210: [4, (bytes) => bytes.readInt32BE()],
  211: [8, (bytes) => Number(bytes.readBigInt64BE())],
};

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  value(): Value {
    const type = this.take(1).readUInt8();
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.map(type & 0x0f);
    if (type < 0xa0) return this.list(type & 0x0f);
    if (type < 0xc0) return this.take(type & 0x1f).toString("utf8");
    if (type === 0xc0) return null;
    if (type === 0xc2 || type === 0xc3) return type === 0xc3;
    if (type >= 0xd4 && type <= 0xd8) return this.extension(2 ** (type - 0xd4));
    const number = NUMBERS[type];
    if (number !== undefined) return number[1](this.take(number[0]));
    const [kind, width] = SIZED[type] ?? [];
    if (kind === undefined || width === undefined) throw new Error(`MessagePack type ${type} is not read`);
    const size = this.take(width).readUIntBE(0, width);
    if (kind === "text") return this.take(size).toString("utf8");
    return kind === "list" ? this.list(size) : kind === "map" ? this.map(size) : this.extension(size);
  }

  private take(size: number): Buffer {
    this.at += size;
    if (this.at > this.bytes.length) throw new Error("MessagePack ends too early");
    return this.bytes.subarray(this.at - size, this.at);
  }

  private list(size: number): Value {
    return Array.from({ length: size }, () => this.value());
  }

  private map(size: number): Value {
    return Object.fromEntries(Array.from({ length: size }, () => [String(this.value()), this.value()]));
  }

  private extension(size: number): Value {
    this.take(size + 1);
    return UNKNOWN;
  }
}

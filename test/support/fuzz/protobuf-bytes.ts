/** The wire format of protobuf, written by hand: no library would write what is wrong (protobuf.dev, "Encoding"). */

const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

type WireType = keyof typeof WIRE_TYPES;

/** A number as its 64 bits, seven to a byte. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  while (left > 127n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return Buffer.from([...bytes, Number(left)]);
}

export function field(number: number, type: WireType, content: Buffer): Buffer {
  const tag = varint(BigInt(number * 8 + WIRE_TYPES[type]));
  return Buffer.concat(type === 'bytes' ? [tag, varint(BigInt(content.length)), content] : [tag, content]);
}

/** Messages within messages, by one field number. */
export function nestedBytes(number: number, depth: number): Buffer {
  let bytes = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) bytes = Buffer.from(field(number, 'bytes', bytes));
  return bytes;
}

/** Requests as bytes: right ones, ones with hostile values, and bytes that are no message. */
import type { HostileValues } from './hostile-values.js';
import type { KnownValues } from './known-values.js';
import type { FieldType, MessageType, ProtoContract } from './proto-contract.js';
import { field, nestedBytes, varint } from './protobuf-bytes.js';
import type { SeededRandom } from './seeded-random.js';

const DEPTH_MAX = 6;

const EXTREMES: readonly bigint[] = [
  ...[
    0n,
    1n,
    2n,
    7n,
    100n,
    101n,
    300n,
    301n,
    366n,
    1_000n,
    1_001n,
    86_401n,
    -1n,
    -2n,
    2n ** 31n - 1n,
    2n ** 31n,
  ],
  ...[
    -(2n ** 31n),
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
  ],
  // Seconds: the edges of google.protobuf.Timestamp, of PostgreSQL and of Date, and one beyond each.
  ...[
    -62_135_596_800n,
    -62_135_596_801n,
    253_402_300_799n,
    253_402_300_800n,
    9_224_318_015_999n,
    9_224_318_016_000n,
  ],
  ...[8_640_000_000_000n, 8_640_000_000_001n, -8_640_000_000_001n, 4_000_000_000n],
];

const FLOATS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  5e-324,
  1.7e308,
  1.5,
] as const;

/** Not UTF-8; among them half a pair of surrogates and an overlong slash. */
const INVALID_TEXTS = ['ff', 'c0af', 'eda080', 'edb080eda080', 'f5808080', 'e282', '2b32333480', 'c3 28'].map(
  (hex) => Buffer.from(hex.replace(' ', ''), 'hex'),
);

export class HostileMessages {
  constructor(
    private readonly contract: ProtoContract,
    private readonly values: HostileValues,
    private readonly known: KnownValues,
    private readonly random: SeededRandom,
  ) {}

  /** The bytes of a request. */
  next(type: MessageType): Buffer {
    return this.random.weighted<() => Buffer>([
      [3, () => this.message(type, 0)],
      [7, () => this.message(type, 0.15)],
      [3, () => this.message(type, 0.7)],
      [4, () => this.garbage(type)],
    ])();
  }

  /** @param hostility chance of each field to hold something that does not belong there. */
  message({ field: fields, oneofDecl }: MessageType, hostility: number, depth = 0): Buffer {
    if (depth > DEPTH_MAX) return Buffer.alloc(0);
    // A message that is one choice holds one field of them; others have as many as they like.
    const isChoice =
      oneofDecl.length === 1 && fields.length > 0 && oneofDecl[0].name !== `_${fields[0].name}`;
    const chosen =
      isChoice && !this.random.chance(hostility)
        ? [this.random.pick(fields)]
        : fields.filter(() => this.random.chance(0.85));
    return Buffer.concat(chosen.map((each) => this.#field(each, hostility, depth)));
  }

  #field(type: FieldType, hostility: number, depth: number): Buffer {
    const hostile = this.random.chance(hostility);
    if (type.label !== 'LABEL_REPEATED') return this.#one(type, hostile, hostility, depth);
    const count = hostile ? this.random.pick([0, 1, 50, 1_000, 1_001]) : 1 + this.random.below(3);
    return Buffer.concat(
      Array.from({ length: count }, () => this.#one(type, false, count > 50 ? 0 : hostility, depth)),
    );
  }

  #one(type: FieldType, hostile: boolean, hostility: number, depth: number): Buffer {
    switch (type.type) {
      case 'TYPE_STRING':
        return field(type.number, 'bytes', hostile ? this.#hostileText(type.name) : this.#text(type.name));
      case 'TYPE_BYTES':
        return field(type.number, 'bytes', this.random.bytes(this.random.pick([0, 1, 16, 5_000])));
      case 'TYPE_MESSAGE':
        return this.#inner(type, hostile, hostility, depth);
      case 'TYPE_DOUBLE':
        return field(type.number, 'fixed64', doubleBytes(this.random.pick(FLOATS)));
      case 'TYPE_FLOAT':
        return field(type.number, 'fixed32', this.random.bytes(4));
      default:
        return field(type.number, 'varint', varint(hostile ? this.random.pick(EXTREMES) : this.#whole(type)));
    }
  }

  #inner(type: FieldType, hostile: boolean, hostility: number, depth: number): Buffer {
    const inner = hostile ? Math.min(1, hostility * 3) : hostility;
    const content = this.message(this.contract.messageOf(type), inner, depth + 1);
    return hostile && this.random.chance(0.3)
      ? this.random.pick([Buffer.alloc(0), field(type.number, 'bytes', Buffer.alloc(0))])
      : field(type.number, 'bytes', content);
  }

  #text(name: string): Buffer {
    return Buffer.from(String(this.known.valueFor(name) ?? `${name}-${this.random.below(50)}`));
  }

  #hostileText(name: string): Buffer {
    if (name === 'page_token' && this.random.chance(0.8))
      return Buffer.from(this.values.forgedToken(this.known.tokens));
    return this.random.pick([
      () => Buffer.from(this.values.text()),
      () => Buffer.from(this.values.text()),
      () => Buffer.from(this.values.nearly(String(this.known.valueFor(name) ?? name))),
      () => this.random.pick(INVALID_TEXTS),
    ])();
  }

  /** A number that is likely to be taken. */
  #whole({ name, type }: FieldType): bigint {
    if (name === 'seconds') return BigInt(Math.floor(Date.now() / 1_000) + this.random.below(100_000));
    return BigInt(1 + this.random.below(type === 'TYPE_ENUM' || type === 'TYPE_BOOL' ? 3 : 90));
  }

  /** Bytes that are no message, or hardly one. */
  garbage(type: MessageType): Buffer {
    const right = this.message(type, 0);
    const at = this.random.below(right.length + 1);
    const number = this.random.pick([1, 2, 3, 8, 19_000, 2 ** 28]);
    return this.random.pick([
      () => this.random.bytes(1 + this.random.below(100)),
      () => right.subarray(0, at),
      () =>
        Buffer.concat([
          right.subarray(0, at),
          this.random.bytes(1 + this.random.below(9)),
          right.subarray(at),
        ]),
      () => Buffer.concat([right, right]),
      // A length that no message has.
      () =>
        Buffer.concat([
          Buffer.from([number * 8 + 2].map((tag) => tag & 255)),
          varint(this.random.pick(EXTREMES)),
        ]),
      () => Buffer.concat(type.field.map(({ number: each }) => field(each, 'varint', varint(1n)))),
      () => Buffer.concat(type.field.map(({ number: each }) => field(each, 'fixed64', this.random.bytes(8)))),
      () => field(number, 'groupStart', right),
      () => field(number, 'groupEnd', Buffer.alloc(0)),
      () => nestedBytes(this.random.pick([1, 2]), this.random.pick([50, 101, 500])),
      () => Buffer.concat([Buffer.alloc(10, 255), right]),
      () => Buffer.alloc(this.random.pick([1, 8, 100_000]), this.random.pick([0, 255, 10])),
    ])();
  }
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

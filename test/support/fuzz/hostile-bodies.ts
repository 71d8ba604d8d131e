/** Bodies that are nearly JSON, nearly of the right shape, or neither. */
import type { HostileValues } from './hostile-values.js';
import type { SeededRandom } from './seeded-random.js';

/** The greatest body that is taken, and some that are greater. */
const LARGE = [1_048_576, 1_048_577, 1_300_000] as const;

/** One place of the body becomes something else. */
export function mutateJson(body: Buffer, values: HostileValues, random: SeededRandom): Buffer {
  const root: unknown = JSON.parse(body.toString());
  const places = placesOf(root);
  if (places.length === 0) return Buffer.from(JSON.stringify(values.json()));
  const { holder, key } = random.pick(places);
  const was = holder[key];
  random.pick([
    () => set(holder, key, values.json()),
    () => set(holder, key, typeof was === 'string' ? values.nearly(was) : values.json()),
    () => set(holder, key, typeof was === 'number' ? values.number() : values.text()),
    () => set(holder, key, [was]),
    () => set(holder, key, { [key]: was }),
    () => void Reflect.deleteProperty(holder, key),
    () => set(holder, values.text().slice(0, 200), values.json()),
    () => set(holder, random.pick(['__proto__', 'constructor', 'prototype', 'toString']), values.json()),
  ])();
  const text = JSON.stringify(root);
  return Buffer.from(random.chance(0.1) ? duplicateKey(text, random) : text);
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
}

/** Sets an own property, also where the name is one that reaches for the prototype. */
function set(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function duplicateKey(text: string, random: SeededRandom): string {
  const pair = /"[^"]+":/.exec(text);
  return pair === null
    ? text
    : text.replace('{', `{${pair[0]}${random.pick(['1', 'null', '{}', '"+234"'])},`);
}

/** The bytes do not arrive as they were meant. */
export function damageBytes(bytes: Buffer, random: SeededRandom): Buffer {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const invalid = random.pick([
    [0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xe2, 0x82],
    [0],
  ]);
  return random.pick([
    () => before,
    () => Buffer.concat([before, Buffer.from(invalid), after]),
    () => Buffer.concat([before, random.bytes(1 + random.below(8)), after]),
    () => Buffer.concat([bytes, bytes]),
    () => Buffer.concat([Buffer.from('\ufeff'), bytes]),
    () => Buffer.from(bytes.toString(), 'utf16le'),
  ])();
}

/** A body that takes no notice of what is asked for. */
export function hostileBody(values: HostileValues, random: SeededRandom): Buffer {
  return random.weighted<() => Buffer>([
    [8, () => Buffer.from(JSON.stringify(values.json()) ?? 'null')],
    [4, () => random.bytes(random.below(200))],
    [4, () => Buffer.from(random.pick(NOT_JSON))],
    [2, () => nested(random.pick([100, 10_000, 200_000]), random)],
    [
      2,
      () =>
        Buffer.from(
          JSON.stringify({
            events: Array.from({ length: random.pick([0, 1_000, 1_001]) }, () => values.json()),
          }),
        ),
    ],
    [1, () => Buffer.from(`{"b_number":"${'9'.repeat(random.pick(LARGE) - 15)}"}`)],
  ])();
}

const NOT_JSON = [
  ...[
    '',
    ' ',
    '{',
    '}',
    '[',
    '{"a":}',
    'null null',
    "{'a': 1}",
    '{"a": 01}',
    'NaN',
    'Infinity',
    '1e999',
    '-',
    '"',
  ],
  ...[
    '{"a":1,}',
    '{"a":"\\ud800"}',
    '{"a":"\\u00"}',
    '{"a":"\t"}',
    '{"\\u005f_proto__":{}}',
    '/* */ {}',
    '\0',
  ],
  ...[
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    'a=1&b=2',
    '<a/>',
    '--x\r\n\r\n--x--',
    'true',
  ],
] as const;

function nested(depth: number, random: SeededRandom): Buffer {
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"events":[', ']}'],
  ] as const);
  return Buffer.from(`${open.repeat(depth)}1${close.repeat(depth)}`.slice(0, 1_040_000));
}

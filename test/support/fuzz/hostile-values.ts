/** Values that programs stumble over. None looks like a leak: an error may name the key that it complains about. */
import fc from 'fast-check';
import type { SeededRandom } from './seeded-random.js';

const LONE_SURROGATES = ['\ud800', '\udfff\ud800', 'a\udc00b'] as const;

const CONTROLS = [
  '\0',
  'a\0b',
  '234\u0000',
  '+234\r\n',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\t',
  '\b',
] as const;

const LOOK_ALIKES = [
  ...['NaN', 'Infinity', '-Infinity', '1e999', '-1', '0x10', '01', '1_000', '1.5', '٣', 'null', 'undefined'],
  ...['true', '[]', '{}', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
] as const;

const INJECTIONS = [
  ...[
    "' OR 1=1 --",
    '"; DROP TABLE alerts; --',
    '$1',
    '%',
    '%00',
    '%s%n',
    '\\',
    '\\u0000',
    '#{7*7}',
    '{{7*7}}',
  ],
  ...[
    '../../../../etc/passwd',
    '/proc/self/environ',
    '<script>alert(1)</script>',
    '=1+1',
    '* or 1',
    '(',
    '*',
  ],
] as const;

const ODD_TEXTS = [
  ...['', ' ', '+', '++234', '\u202e', '\ufeff', '\u2028', '😀'.repeat(64), 'é'.repeat(129), '9'.repeat(129)],
  ...[
    'a'.repeat(65),
    'a'.repeat(257),
    'c'.repeat(513),
    'r'.repeat(501),
    '9'.repeat(10_000),
    'x'.repeat(70_000),
  ],
  ...['10.0.0.1:5060', '[::1]', '999.1.1.1', '::ffff:1.2.3.4', '0.0.0.0/0', '192.0.2.0/33', '::/129', '112'],
  ...[
    'urn:service:sos',
    'sip:a@b',
    'anonymous',
    'anonymous@anonymous.invalid',
    'ended',
    'RESOLVED',
    'resolved',
  ],
] as const;

/** Times at the edges of Date, of PostgreSQL and of RFC 3339, and beyond. */
export const FAR_TIMES = [
  ...['0000-00-00T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-02-30T25:61:61Z'],
  ...['+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.001Z'],
  ...[
    '-004714-01-01T00:00:00Z',
    '1970-01-01',
    '2026-11-22 03:14:07',
    '2026-11-22T03:14:07+99:99',
    'infinity',
  ],
  ...['8640000000000000', '8640000000000001', '-8640000000000001', '2026-11-22T03:14:07.123456789Z', 'now'],
] as const;

export const HOSTILE_TEXTS: readonly string[] = [
  ...LONE_SURROGATES,
  ...CONTROLS,
  ...LOOK_ALIKES,
  ...INJECTIONS,
  ...ODD_TEXTS,
  ...FAR_TIMES,
];

const HOSTILE_NUMBERS: readonly number[] = [
  ...[
    0, -0, -1, 0.5, 1.5, 1, 2, 100, 101, 300, 301, 1_000, 1_001, 86_401, 65_536, 1e21, 1e308, -1e308, 5e-324,
  ],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, -(2 ** 31) - 1, -(2 ** 63)],
];

const ODD_JSON: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  { toString: 'x' },
  { length: -1 },
  ['+234'],
];

/** What to choose from beyond these lists is drawn once, by the seed. */
export class HostileValues {
  readonly #texts: readonly string[];
  readonly #json: readonly unknown[];

  constructor(private readonly random: SeededRandom) {
    const { seed } = random;
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.ulid(),
      fc.ipV6(),
    );
    this.#texts = fc.sample(text, { seed, numRuns: 400 });
    this.#json = fc.sample(fc.jsonValue({ maxDepth: 3, noUnicodeString: false }), { seed, numRuns: 400 });
  }

  text(): string {
    return this.random.chance(0.7) ? this.random.pick(HOSTILE_TEXTS) : this.random.pick(this.#texts);
  }

  number(): number {
    return this.random.pick(HOSTILE_NUMBERS);
  }

  /** Anything that JSON can hold. */
  json(): unknown {
    return this.random.weighted<() => unknown>([
      [4, () => this.text()],
      [3, () => this.number()],
      [2, () => this.random.pick(this.#json)],
      [1, () => this.random.pick(ODD_JSON)],
      [1, () => Array.from({ length: this.random.pick([2, 100, 1_001]) }, () => null)],
    ])();
  }

  /** A text that is nearly this one. */
  nearly(text: string): string {
    const at = this.random.below(text.length + 1);
    return this.random.pick([
      () => text.slice(0, at),
      () => text.slice(at),
      () => text + text,
      () =>
        text.slice(0, at) +
        this.random.pick(['\0', ' ', '-', '0', 'A', '=', '%', "'", '\u00ff']) +
        text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1),
      () => text.toUpperCase(),
      () => [...text].reverse().join(''),
      () => ` ${text}\n`,
    ])();
  }

  /** A page token is base64url of JSON today: one that is forged has that shape, and nonsense in it. */
  forgedToken(real: readonly string[]): string {
    if (real.length > 0 && this.random.chance(0.4)) return this.nearly(this.random.pick(real));
    const times = ['9999-99-99 99:99:99+99', '0000-00-00 00:00:00+00', '2026-02-30 00:00:00.5+00:00:00', ''];
    const position = this.random.pick<() => unknown>([
      () => [this.random.pick(times), this.text()],
      () => [this.random.pick(times), '00000000-0000-4000-8000-000000000000'],
      () => [this.random.pick(times), this.random.pick(['1', '9223372036854775808', 'a\nb', '\ud800', '0'])],
      () => [this.text(), this.text()],
      () => [this.random.pick(times), `${'00000000-0000-4000-8000-000000000000'},${this.text()}`],
      () => this.json(),
    ])();
    return Buffer.from(JSON.stringify(position)).toString('base64url');
  }
}

/** Values that the sidecar knows: ids, numbers and page tokens that it has given out, so that requests get past the first check. */
import type { SeededRandom } from './seeded-random.js';

/** Most values of each kind. */
const KEPT_MAX = 200;
/** Few enough that calls to them become attacks again and again. */
const B_NUMBERS = 30;
const A_NUMBERS = 400;

const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  author: ['fuzz'],
  reason: ['fuzzed'],
  source_ip: ['192.0.2.7', '2001:db8::7'],
  source: ['198.51.100.0/24', '2001:db8::/32'],
  switch_id: ['fuzzed-switch'],
  trunk: ['fuzzed-trunk'],
  b_prefix: ['+99'],
  a_prefix: ['+99'],
  status: ['NEW', 'INVESTIGATING', 'ringing', 'ended'],
  page_size: [1, 100],
  limit: [1, 100],
};

export class KnownValues {
  /** Page tokens. */
  readonly tokens: string[] = [];
  readonly #ids: string[] = [];

  constructor(private readonly random: SeededRandom) {}

  /** Learns what a token or an alert's id looks like. */
  learn(kind: 'token' | 'id', value: unknown): void {
    const kept = kind === 'token' ? this.tokens : this.#ids;
    if (typeof value === 'string' && value !== '' && kept.length < KEPT_MAX) kept.push(value);
  }

  /** A value for a field or parameter of this name; undefined where none is known. */
  valueFor(name: string): unknown {
    if (/number$/.test(name)) return this.#number(name === 'b_number' ? B_NUMBERS : A_NUMBERS);
    if (/^(after|page_token|cursor)$/.test(name)) return this.#any(this.tokens);
    if (/^(id|\w+_id)$/.test(name) && !(name in FIXED)) return this.#any(this.#ids);
    return this.#any(FIXED[name] ?? []);
  }

  #number(count: number): string {
    return `+23490${String(this.random.below(count)).padStart(8, '0')}`;
  }

  #any(values: readonly unknown[]): unknown {
    return values.length === 0 ? undefined : this.random.pick(values);
  }
}

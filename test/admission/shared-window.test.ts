/** Several sidecars that tell each other what they see: OwnNews at one end, mergeObservations at the other. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OwnNews } from '../../src/admission/own-news.js';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import type { NamedObservation } from '../../src/detection/observations.js';
import { mergeObservations } from '../../src/detection/window-merge.js';
import { WindowOracle } from '../detection/window-oracle.js';

const test = suite('admission/shared-window');

const CALLED = ['+2348099999999', '100', 'alice', '0000234809999999'];
const CALLERS = [
  '+2348030000001',
  '002348030000002',
  '08030000003',
  '1',
  '2',
  'A001',
  'A002',
  '00001234567890123',
];

/** A delta as it is stored: texts and packed numbers, times of the common clock. */
interface Delta {
  readonly from: number;
  readonly packed: readonly (readonly [bKey: number, aKey: number, timeMs: number])[];
  readonly named: readonly NamedObservation[];
}

/** Whose clock is ahead of the common one by an offset. */
class Node {
  readonly keys = new NumberKeys();
  readonly window: CallerWindow;
  readonly news: OwnNews;
  readonly #index: number;
  readonly #clock: { nowMs: number };
  readonly #offsetMs: number;

  constructor(index: number, windowsMs: readonly number[], clock: { nowMs: number }, offsetMs: number) {
    this.#index = index;
    this.#clock = clock;
    this.#offsetMs = offsetMs;
    this.window = new CallerWindow({ capacity: 5_000, windowsMs, keys: this.keys, seed: index });
    this.news = new OwnNews({
      window: this.window,
      keys: this.keys,
      incidents: {
        collect: () => ({ blocks: [], incidents: [] }),
        published: () => undefined,
        rewind: () => undefined,
      },
      rulesRevision: () => 0,
      now: () => this.now,
    });
  }

  get now(): number {
    return this.#clock.nowMs + this.#offsetMs;
  }

  call(bNumber: string, aNumber: string): void {
    const [bKey, aKey] = [this.keys.acquire(bNumber), this.keys.acquire(aNumber)];
    this.window.observe(bKey, aKey, 1, this.now, '');
    this.keys.release(aKey);
    this.keys.release(bKey);
  }

  collect(max: number): { delta: Delta; more: boolean } {
    const { news, more } = this.news.collect(max);
    const { count, bKeys, aKeys, timesMs, named } = news.observations;
    const packed = Array.from(
      { length: count },
      (_, i) => [bKeys[i], aKeys[i], timesMs[i] - this.#offsetMs] as const,
    );
    const common = named.map((call) => ({ ...call, timeMs: call.timeMs - this.#offsetMs }));
    return { delta: { from: this.#index, packed, named: common }, more };
  }

  hear({ packed, named }: Delta): void {
    const observations = {
      count: packed.length,
      bKeys: Float64Array.from(packed, ([bKey]) => bKey),
      aKeys: Float64Array.from(packed, ([, aKey]) => aKey),
      timesMs: Float64Array.from(packed, ([, , timeMs]) => timeMs + this.#offsetMs),
      named: named.map((call) => ({ ...call, timeMs: call.timeMs + this.#offsetMs })),
    };
    const { malformed } = mergeObservations(this.window, this.keys, observations, this.now);
    assert.is(malformed, 0);
  }

  distinct(bNumber: string, windowMs: number): number {
    const bKey = this.keys.acquire(bNumber);
    const distinct = this.window.distinct(bKey, this.now, windowMs);
    this.keys.release(bKey);
    return distinct;
  }
}

const nodes = fc.integer({ min: 0, max: 3 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('call' as const),
        node: nodes,
        bNumber: fc.constantFrom(...CALLED),
        aNumber: fc.constantFrom(...CALLERS),
        afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        node: nodes,
        /** What is stored, and whether the sidecar hears so. */
        fate: fc.constantFrom('stored', 'stored', 'unacknowledged', 'lost'),
        max: fc.constantFrom(1, 3, 10_000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('deliver' as const),
        node: nodes,
        /** Which of what is stored, as a share: so it comes in any order, and more than once. */
        which: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  ),
  { minLength: 10, maxLength: 150 },
);

test('ends with the counts of one that saw all calls, whatever is lost, doubled, late or forgotten by the store', () => {
  const lengths = fc.constantFrom([5_000], [5_000, 1_200], [300, 20_000, 2_500, 1, 7_000, 60_000]);
  const offsets = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(steps, lengths, offsets, (script, windowsMs, offsetsMs) => {
      const clock = { nowMs: 1_000_000 };
      const sidecars = offsetsMs.map((offsetMs, i) => new Node(i, windowsMs, clock, offsetMs));
      const oracle = new WindowOracle();
      const oracleKeys = new NumberKeys();
      let store: Delta[] = [];
      for (const step of script) {
        if (step.kind === 'call') {
          clock.nowMs += step.afterMs;
          sidecars[step.node].call(step.bNumber, step.aNumber);
          const [bKey, aKey] = [oracleKeys.acquire(step.bNumber), oracleKeys.acquire(step.aNumber)];
          oracle.record(bKey, aKey, 1, clock.nowMs, false);
        } else if (step.kind === 'publish') {
          const { delta } = sidecars[step.node].collect(step.max);
          if (step.fate !== 'lost') store.push(delta);
          if (step.fate === 'stored') sidecars[step.node].news.published();
        } else if (step.kind === 'deliver') {
          const delta = store[Math.floor(step.which * store.length)];
          if (delta !== undefined && delta.from !== step.node) sidecars[step.node].hear(delta);
        } else {
          store = [];
          for (const { news } of sidecars) news.rewind();
        }
      }
      clock.nowMs += 1;
      for (const sidecar of sidecars) {
        for (let more = true; more; sidecar.news.published()) {
          const collected = sidecar.collect(3);
          store.push(collected.delta);
          more = collected.more;
        }
      }
      sidecars.forEach((sidecar, i) => {
        for (const delta of store) if (delta.from !== i) sidecar.hear(delta);
      });
      for (const windowMs of windowsMs) {
        for (const bNumber of CALLED) {
          const expected = oracle.distinct(oracleKeys.acquire(bNumber), clock.nowMs, windowMs);
          for (const sidecar of sidecars) assert.is(sidecar.distinct(bNumber, windowMs), expected);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import type { NamedObservation, Observations } from '../../src/detection/observations.js';
import { mergeObservations } from '../../src/detection/window-merge.js';
import { WindowOracle } from './window-oracle.js';

const test = suite('detection/window-merge');

const W = 5_000;
const NOW = 100_000;
const B = 2348099999999;
const SOURCE = 1;

type Call = readonly [bKey: number, aKey: number, timeMs: number];

function batchOf(calls: readonly Call[], named: readonly NamedObservation[] = []): Observations {
  return {
    count: calls.length,
    bKeys: Float64Array.from(calls, ([bKey]) => bKey),
    aKeys: Float64Array.from(calls, ([, aKey]) => aKey),
    timesMs: Float64Array.from(calls, ([, , timeMs]) => timeMs),
    named,
  };
}

/** A sidecar's window, and what people could see of it. */
class Node {
  readonly keys = new NumberKeys();
  readonly window: CallerWindow;

  constructor(windowsMs: readonly number[] = [W]) {
    this.window = new CallerWindow({ capacity: 10_000, windowsMs, keys: this.keys, seed: 3 });
    this.window.advance(NOW);
  }

  merge(calls: readonly Call[], nowMs = NOW): this {
    mergeObservations(this.window, this.keys, batchOf(calls), nowMs);
    return this;
  }

  callersAt(bKey: number, nowMs: number, windowMs = W): string[] {
    return this.window
      .callersOf(bKey, nowMs, windowMs)
      .map((key) => this.keys.textOf(key))
      .sort();
  }
}

const bKeys = fc.integer({ min: 1, max: 3 });
const aKeys = fc.integer({ min: 10, max: 17 });
const someCalls = fc.array(fc.tuple(bKeys, aKeys, fc.integer({ min: NOW - W - 1_000, max: NOW })), {
  maxLength: 40,
});

/** Counts at several times: two windows that agree on them hold the same newest times. */
function countsOf(node: Node): number[] {
  return [0, 1, 700, 2_500, W - 1, W, W + 1].flatMap((laterMs) =>
    [1, 2, 3].map((bKey) => node.window.distinct(bKey, NOW + laterMs, W)),
  );
}

test('is commutative', () => {
  fc.assert(
    fc.property(someCalls, someCalls, (one, other) => {
      assert.equal(
        countsOf(new Node().merge(one).merge(other)),
        countsOf(new Node().merge(other).merge(one)),
      );
    }),
  );
});

test('is associative', () => {
  fc.assert(
    fc.property(someCalls, someCalls, someCalls, (a, b, c) => {
      const apart = new Node().merge(a).merge(b).merge(c);
      const together = new Node().merge([...a, ...b, ...c]);
      assert.equal(countsOf(apart), countsOf(together));
      assert.equal(
        countsOf(new Node().merge([...b, ...c]).merge(a)),
        countsOf(new Node().merge(a).merge([...b, ...c])),
      );
    }),
  );
});

test('is idempotent', () => {
  fc.assert(
    fc.property(someCalls, (calls) => {
      const node = new Node().merge(calls);
      const once = new Node().merge(calls);
      for (let i = 0; i < 3; i++) node.merge(calls);
      assert.equal(countsOf(node), countsOf(once));
      assert.is(node.window.livePairs, once.window.livePairs);
    }),
  );
});

/** One step of several sidecars: a call at one of them, or a batch that reaches one of the others at last. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('call' as const),
      node: fc.integer({ min: 0, max: 2 }),
      bKey: bKeys,
      aKey: aKeys,
      afterMs: fc.integer({ min: 0, max: 400 }),
    }),
    fc.record({ kind: fc.constant('tell' as const), from: fc.integer({ min: 0, max: 2 }) }),
    fc.record({
      kind: fc.constant('deliver' as const),
      to: fc.integer({ min: 0, max: 2 }),
      /** Which of the batches that are under way, as a share: so they come in any order. */
      place: fc.double({ min: 0, max: 0.999, noNaN: true }),
      fate: fc.constantFrom('arrive', 'lose', 'duplicate'),
    }),
  ),
  { minLength: 10, maxLength: 120 },
);

test('converges to the union of all calls, whatever is lost, doubled, late or out of order on the way', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const windowsMs = [W, 1_200];
      const nodes = [0, 1, 2].map(() => new Node(windowsMs));
      const oracle = new WindowOracle();
      const seen: Call[][] = [[], [], []];
      const toldUpTo = [0, 0, 0];
      const underWay: Call[][][] = [[], [], []];
      let nowMs = NOW;
      const arrive = (to: number, batch: readonly Call[]): void => {
        mergeObservations(nodes[to].window, nodes[to].keys, batchOf(batch), nowMs);
      };
      for (const step of script) {
        if (step.kind === 'call') {
          nowMs += step.afterMs;
          nodes[step.node].window.observe(step.bKey, step.aKey, SOURCE, nowMs, '');
          oracle.record(step.bKey, step.aKey, SOURCE, nowMs, false);
          seen[step.node].push([step.bKey, step.aKey, nowMs]);
        } else if (step.kind === 'tell') {
          const batch = seen[step.from].slice(toldUpTo[step.from]);
          toldUpTo[step.from] = seen[step.from].length;
          for (const to of [0, 1, 2]) if (to !== step.from) underWay[to].push(batch);
        } else {
          const queue = underWay[step.to];
          const place = Math.floor(step.place * queue.length);
          if (queue.length === 0) continue;
          const [batch] = step.fate === 'duplicate' ? [queue[place]] : queue.splice(place, 1);
          if (step.fate !== 'lose') arrive(step.to, batch);
        }
      }
      // What was lost is told again, as a sidecar does that finds the store emptied.
      for (const to of [0, 1, 2]) for (const from of [0, 1, 2]) if (from !== to) arrive(to, seen[from]);
      for (const windowMs of windowsMs)
        for (const bKey of [1, 2, 3])
          for (const node of nodes)
            assert.is(node.window.distinct(bKey, nowMs, windowMs), oracle.distinct(bKey, nowMs, windowMs));
    }),
  );
});

test('counts no call as later than the news of it', () => {
  const node = new Node().merge([[B, 1, NOW + 60_000]]);
  assert.is(node.window.distinct(B, NOW + W, W), 1);
  assert.is(node.window.distinct(B, NOW + W + 1, W), 0);
});

test('leaves out what has left the window', () => {
  assert.is(new Node().merge([[B, 1, NOW - W - 1]]).window.livePairs, 0);
});

test('says each B-number that a batch was about once', () => {
  const node = new Node();
  const batch = batchOf(
    [
      [B, 1, NOW],
      [B, 2, NOW],
      [7, 1, NOW],
    ],
    [
      { bNumber: 'alice', aNumber: 'A001', timeMs: NOW },
      { bNumber: 'bob', aNumber: 'A001', timeMs: NOW - W - 1 },
    ],
  );
  const { bKeys: touched } = mergeObservations(node.window, node.keys, batch, NOW);
  assert.equal(
    touched.map((key) => node.keys.textOf(key)),
    [String(B), '7', 'alice'],
    'bob has left the window already, and nobody holds his key',
  );
});

test('tells of no B-number again for which there is no news', () => {
  const node = new Node();
  const touched = (calls: readonly Call[], nowMs: number) =>
    mergeObservations(node.window, node.keys, batchOf(calls), nowMs).bKeys;
  assert.equal(touched([[B, 1, NOW - 10]], NOW), [B]);
  assert.equal(touched([[B, 1, NOW - 10]], NOW), [], 'it has heard this');
  assert.equal(touched([[B, 1, NOW - 20]], NOW), [], 'and this is older');
  assert.equal(touched([[B, 1, NOW + 5]], NOW + 5), [B], 'the same caller calls again');
});

test('counts what comes when it has left the longest window', () => {
  const node = new Node([1_000, W]);
  const batch = batchOf(
    [
      [B, 1, NOW - W],
      [B, 2, NOW - W - 1],
      [B, 3, -(2 ** 52)],
    ],
    [{ bNumber: 'alice', aNumber: 'A001', timeMs: 0 }],
  );
  const merged = mergeObservations(node.window, node.keys, batch, NOW);
  assert.equal(merged, { bKeys: [B], late: 3, malformed: 0 });
  assert.equal(node.callersAt(B, NOW), ['1']);
});

test('keeps no endless name', () => {
  const node = new Node();
  const name = (length: number): string => 'x'.repeat(length);
  const batch = batchOf(
    [],
    [
      { bNumber: name(257), aNumber: 'A001', timeMs: NOW },
      { bNumber: 'alice', aNumber: name(1_000_000), timeMs: NOW },
      { bNumber: name(256), aNumber: name(256), timeMs: NOW },
    ],
  );
  const { malformed } = mergeObservations(node.window, node.keys, batch, NOW);
  assert.is(malformed, 2);
  assert.is(node.window.livePairs, 1);
});

test('gives names the key that a check of this sidecar gives them', () => {
  const node = new Node();
  const names = ['A001', '\u0000anonymous 192.0.2.7', '0000123456789012345678', '000', '+2348031234567'];
  for (const name of names) {
    const key = node.keys.acquire(name);
    node.window.observe(B, key, SOURCE, NOW, '');
    node.keys.release(key);
  }
  assert.is(node.window.distinct(B, NOW, W), names.length);
  const told = node.callersAt(B, NOW).map((aNumber) => ({ bNumber: String(B), aNumber, timeMs: NOW }));
  mergeObservations(node.window, node.keys, batchOf([], told), NOW);
  assert.is(node.window.distinct(B, NOW, W), names.length);
});

test('holds no text once what it merged has been forgotten', () => {
  const node = new Node();
  const named = [
    { bNumber: 'alice', aNumber: 'A001', timeMs: NOW },
    { bNumber: 'alice', aNumber: 'A002', timeMs: Number.NaN },
    { bNumber: 'bob', aNumber: 'A001', timeMs: 0 },
  ];
  mergeObservations(node.window, node.keys, batchOf([], named), NOW);
  assert.is(node.keys.kept, 2);
  node.window.advance(NOW + W + 1);
  assert.is(node.keys.kept, 0);
});

test('counts and skips what no sidecar can have seen', () => {
  const strange = fc.constantFrom(
    Number.NaN,
    Infinity,
    -1,
    0,
    -0,
    0.5,
    2 ** 53,
    9e15,
    1_999_999_999_999_999,
    1e300,
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(strange, strange, strange), { minLength: 1, maxLength: 20 }), (columns) => {
      const node = new Node();
      const calls: Call[] = columns.flatMap(([b, a, time]): Call[] => [
        [b, 1, NOW],
        [B, a, NOW],
        [B, 1, Number.isSafeInteger(time) ? Number.NaN : time],
      ]);
      const { malformed } = mergeObservations(node.window, node.keys, batchOf(calls), NOW);
      assert.is(malformed, calls.length);
      assert.is(node.window.livePairs, 0);
    }),
  );
});

test.run();

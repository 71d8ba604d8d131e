import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeltaRing, type RingEntry } from '../../../src/reconcile/gateway/delta-ring.js';

const test = suite('reconcile/gateway/delta-ring');

const ALL = { sinceMs: 0, except: '' };
const ROOMY = { countMax: 1_000, bytesMax: 1_000_000, ageMsMax: 1_000_000 };

function entry(storedAtMs: number, sidecar = 'a', length = 10): RingEntry {
  return { storedAtMs, sidecar, bytes: new Uint8Array(length) };
}

function times(
  ring: DeltaRing,
  position: number,
  following = ALL,
  bytesMax = 1_000_000,
): number[] | undefined {
  return ring.after(position, following, bytesMax)?.entries.map(({ storedAtMs }) => storedAtMs);
}

test('gives what was added after a position, and the position after that', () => {
  const ring = new DeltaRing(ROOMY);
  const start = ring.head;
  for (const time of [1, 2, 3]) ring.add(entry(time), 0);
  assert.equal(times(ring, start), [1, 2, 3]);
  assert.equal(times(ring, start + 2), [3]);
  assert.equal(times(ring, ring.head), []);
  assert.is(ring.after(start, ALL, 1_000)?.next, ring.head);
});

test('leaves out what a follower does not want, and moves on past it', () => {
  const ring = new DeltaRing(ROOMY);
  for (const [time, sidecar] of [
    [1, 'a'],
    [2, 'b'],
    [3, 'a'],
    [4, ''],
  ] as const)
    ring.add(entry(time, sidecar), 0);
  assert.equal(times(ring, 0, { sinceMs: 0, except: 'a' }), [2, 4]);
  assert.equal(times(ring, 0, { sinceMs: 3, except: '' }), [3, 4]);
  assert.is(ring.after(2, { sinceMs: 0, except: 'a' }, 1_000)?.next, 4);
});

test('ends a batch before it is too large, but for an entry that is so by itself', () => {
  const ring = new DeltaRing(ROOMY);
  for (const length of [400, 400, 400, 5_000]) ring.add(entry(1, 'a', length), 0);
  assert.is(ring.after(0, ALL, 1_000)?.next, 2);
  assert.is(ring.after(2, ALL, 1_000)?.next, 3);
  assert.is(ring.after(3, ALL, 1_000)?.next, 4);
});

for (const [what, bounds] of [
  ['count', { ...ROOMY, countMax: 5 }],
  ['bytes', { ...ROOMY, bytesMax: 50 }],
  ['age', { ...ROOMY, ageMsMax: 4 }],
] as const)
  test(`is bounded in ${what}, and tells who was overtaken`, () => {
    const ring = new DeltaRing(bounds);
    for (let time = 0; time < 100; time++) ring.add(entry(time), time);
    assert.is(ring.count, 5);
    assert.is(ring.bytes, 50);
    assert.is(ring.after(94, ALL, 1_000), undefined);
    assert.equal(times(ring, 95), [95, 96, 97, 98, 99]);
  });

test('has no position from before it was cleared', () => {
  const ring = new DeltaRing(ROOMY);
  ring.add(entry(1), 0);
  const before = ring.head;
  ring.clear();
  assert.is(ring.after(before, ALL, 1_000), undefined);
  assert.is(ring.bytes, 0);
  const position = ring.head;
  ring.add(entry(2), 0);
  assert.equal(times(ring, position), [2]);
});

test.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Blocks } from '../../src/admission/blocks.js';
import { HASH_MARK, RuleKeys } from '../../src/admission/rule-keys.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/blocks');

function blocksOf(keys = new NumberKeys(), blocksMax = 100): Blocks {
  return new Blocks(new RuleKeys(keys), 42, blocksMax);
}

/** What a minute of sweeps, one a second, forgets. */
function sweepForAMinute(blocks: Blocks, nowMs: number): void {
  for (let i = 0; i < 60; i++) blocks.sweep(nowMs);
}

test('blocks a pair until it expires', () => {
  const blocks = blocksOf();
  blocks.add(1, 2, 100);
  assert.equal(
    [blocks.covers(1, 2, 99), blocks.covers(1, 2, 100), blocks.covers(2, 1, 0), blocks.covers(1, 3, 0)],
    [true, false, false, false],
  );
});

test('keeps the longer of two blocks of one pair', () => {
  const blocks = blocksOf();
  blocks.add(1, 2, 100);
  blocks.add(1, 2, 50);
  assert.ok(blocks.covers(1, 2, 99));
  assert.is(blocks.size, 1);
});

test('takes what the store says as it is, longer or shorter, in whatever form', () => {
  const blocks = blocksOf();
  blocks.add(234, 2348031234567, 100);
  blocks.set('+234', '002348031234567', 50);
  assert.equal([blocks.covers(234, 2348031234567, 49), blocks.covers(234, 2348031234567, 50)], [true, false]);
  blocks.set('234', '2348031234567', 200);
  assert.ok(blocks.covers(234, 2348031234567, 199));
  assert.is(blocks.size, 1);
});

test('lifts a block, and leaves the others', () => {
  const blocks = blocksOf();
  for (const aNumber of ['1', '2', 'alice']) blocks.set('9', aNumber, 100);
  blocks.remove('9', '+1');
  blocks.remove('9', 'alice');
  blocks.remove('9', 'bob');
  assert.equal([blocks.size, blocks.covers(9, 1, 0), blocks.covers(9, 2, 0)], [1, false, true]);
  blocks.clear();
  assert.equal([blocks.size, blocks.covers(9, 2, 0)], [0, false]);
});

test('holds the names of its pairs until they are swept', () => {
  const keys = new NumberKeys();
  const blocks = blocksOf(keys);
  const [alice, bob] = [keys.acquire('alice'), keys.acquire('bob')];
  for (const expiresMs of [100, 90]) blocks.add(bob, alice, expiresMs);
  for (const key of [alice, bob]) keys.release(key);
  assert.is(keys.kept, 2);
  blocks.sweep(100);
  assert.is(keys.kept, 0);
  assert.is(blocks.size, 0);
});

test('sweeps a slice at a time, and everything within a minute', () => {
  const blocks = blocksOf(new NumberKeys(), 6_000);
  for (let aKey = 0; aKey < 6_000; aKey++) blocks.add(9, aKey, aKey % 2 === 0 ? 100 : 200);
  blocks.sweep(100);
  assert.is(blocks.size, 5_950);
  sweepForAMinute(blocks, 100);
  assert.is(blocks.size, 3_000);
  assert.ok(blocks.covers(9, 5_999, 199));
});

test('lets the first go when it is full, and counts that', () => {
  const blocks = blocksOf(new NumberKeys(), 2);
  for (const aKey of [1, 2, 3]) blocks.add(9, aKey, 100);
  assert.equal(
    [1, 2, 3].map((aKey) => blocks.covers(9, aKey, 0)),
    [false, true, true],
  );
  blocks.add(9, 2, 200); // prolonged, so the other one is the oldest now
  blocks.add(9, 4, 100);
  assert.equal(
    [2, 3, 4].map((aKey) => blocks.covers(9, aKey, 0)),
    [true, false, true],
  );
  assert.is(blocks.overflows, 2);
});

test('knows pairs by their fingerprints, and looks at A only where B has blocks', () => {
  const keys = new NumberKeys();
  const asked: string[] = [];
  const ruleKeys = new RuleKeys(keys, (canonical) => {
    asked.push(canonical);
    return `${HASH_MARK}<${canonical}>`;
  });
  const blocks = new Blocks(ruleKeys, 42, 100);
  blocks.covers(5, 6, 0);
  assert.equal(asked, [], 'nothing is blocked');
  blocks.add(1, 2, 100);
  blocks.set('h:<3>', 'h:<4>', 100);
  assert.ok(blocks.covers(1, 2, 0));
  assert.ok(blocks.covers(3, 4, 0));
  asked.length = 0;
  assert.not.ok(blocks.covers(5, 6, 0));
  assert.equal(asked, ['5']);
  blocks.remove('1', 'h:<2>');
  assert.not.ok(blocks.covers(1, 2, 0));
  blocks.clear();
  assert.is(keys.kept, 0);
});

test('agrees with a plain map whatever happens', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'add', 'set', 'remove', 'sweep', 'clear'),
    b: fc.integer({ min: 1, max: 3 }),
    a: fc.constantFrom('1', '2', '3', 'alice', 'bob'),
    expiresMs: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), (history, blocksMax) => {
      const keys = new NumberKeys();
      const blocks = blocksOf(keys, blocksMax);
      const expected = new Map<string, number>();
      for (const { kind, b, a, expiresMs } of history) {
        const pair = `${b} ${a}`;
        const before = expected.get(pair) ?? -1;
        const aKey = keys.acquire(a);
        if (kind === 'add') blocks.add(b, aKey, expiresMs);
        keys.release(aKey);
        if (kind === 'set') blocks.set(String(b), a, expiresMs);
        if (kind === 'remove') blocks.remove(String(b), a);
        if (kind === 'sweep') sweepForAMinute(blocks, expiresMs);
        if (kind === 'clear' && expiresMs < 10) blocks.clear();
        if (kind === 'add' || kind === 'set' || kind === 'remove') expected.delete(pair);
        if (kind === 'add') expected.set(pair, Math.max(before, expiresMs));
        if (kind === 'set') expected.set(pair, expiresMs);
        if (kind === 'sweep')
          for (const [each, until] of expected) if (until <= expiresMs) expected.delete(each);
        if (kind === 'clear' && expiresMs < 10) expected.clear();
        if (expected.size > blocksMax) expected.delete(expected.keys().next().value ?? '');
        assert.is(blocks.size, expected.size);
      }
      for (const b of [1, 2, 3])
        for (const a of ['1', '2', '3', 'alice', 'bob']) {
          const aKey = keys.acquire(a);
          const until = expected.get(`${b} ${a}`) ?? -1;
          assert.is(blocks.covers(b, aKey, until), false);
          assert.is(blocks.covers(b, aKey, until - 1), until >= 0);
          keys.release(aKey);
        }
      blocks.clear();
      assert.is(keys.kept, 0);
    }),
    { numRuns: 500 },
  );
});

test.run();

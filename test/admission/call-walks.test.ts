import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { callsNamed, newestOf } from '../../src/admission/call-walks.js';
import type { CallInProgress } from '../../src/admission/calls.js';

const test = suite('admission/call-walks');

const call = (callId: string, fromTag = '') => ({ callId, fromTag }) as CallInProgress;
const idsOf = (calls: readonly CallInProgress[]) =>
  calls.map(({ callId, fromTag }) => `${callId}/${fromTag}`);

test('the newest are the last ones, turned round', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.integer({ min: 1, max: 20 }), async (ids, limit) => {
      const { newest, total } = await newestOf(
        ids.map((id) => call(id)),
        limit,
      );
      assert.equal(
        idsOf(newest),
        ids
          .slice(-limit)
          .reverse()
          .map((id) => `${id}/`),
      );
      assert.is(total, ids.length);
    }),
  );
});

test('finds all calls of a Call-ID and none of another', async () => {
  const calls = [call('a', '1'), call('b', '2'), call('a', '3'), call('c', '4')];
  const found = await callsNamed(calls, ['a', 'c', 'd']);
  assert.equal(
    [...found].map(([id, each]) => [id, idsOf(each)]),
    [
      ['a', ['a/1', 'a/3']],
      ['c', ['c/4']],
    ],
  );
});

test('lets others be answered in between', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => call(String(i)));
  for (const walk of [() => newestOf(many, 10), () => callsNamed(many, ['1'])]) {
    let turns = 0;
    const others = setImmediate(function turn(): void {
      turns++;
      if (turns < 100) setImmediate(turn);
    });
    await walk();
    clearImmediate(others);
    assert.ok(turns >= 4, `${turns} turns`);
  }
});

test.run();

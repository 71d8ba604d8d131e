import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTEMPT_MS, AttemptMemory, type PackedVerdict } from '../../src/admission/attempt-memory.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/attempt-memory');

const VERDICT: PackedVerdict = {
  judgement: 5,
  distinctACount: 4,
  callCount: 3,
  windowMs: 2,
  threshold: 1,
  alertKey: 0,
};

function memoryOf(capacity: number): AttemptMemory {
  return new AttemptMemory(capacity, new NumberKeys(), 99);
}

test('gives back what it was given', () => {
  const memory = memoryOf(4);
  memory.remember('id', 'tag', 1, 2, 0, VERDICT);
  const recalled = { ...VERDICT, judgement: 0, callCount: 0 };
  memory.recall(memory.find('id', 'tag', 1, 2, 0), recalled);
  assert.equal(recalled, VERDICT);
  assert.is(memory.find('idt', 'ag', 1, 2, 0), 0);
  assert.is(memory.find('id', 'tag', 2, 1, 0), 0);
});

test('forgets what is older than 32 seconds', () => {
  const memory = memoryOf(4);
  memory.remember('id', 'tag', 1, 2, 0, VERDICT);
  assert.is.not(memory.find('id', 'tag', 1, 2, ATTEMPT_MS), 0);
  assert.is(memory.find('id', 'tag', 1, 2, ATTEMPT_MS + 1), 0);
  assert.is(memory.live, 0);
});

test('lets the oldest go when it is full, but none that a call holds', () => {
  const memory = memoryOf(2);
  memory.remember('held', '', 1, 2, 0, VERDICT);
  memory.hold(memory.find('held', '', 1, 2, 0));
  memory.remember('oldest', '', 1, 2, 1, VERDICT);
  memory.remember('newest', '', 1, 2, 2, VERDICT);
  assert.equal(
    ['held', 'oldest', 'newest'].map((id) => memory.find(id, '', 1, 2, 3) !== 0),
    [true, false, true],
  );
  assert.is(memory.overflows, 1);
});

test('remembers nothing new while calls hold everything', () => {
  const memory = memoryOf(1);
  memory.remember('held', '', 1, 2, 0, VERDICT);
  const slot = memory.find('held', '', 1, 2, 0);
  assert.is(memory.hold(slot), true);
  assert.is(memory.hold(slot), false);
  memory.remember('new', '', 1, 2, 1, VERDICT);
  assert.is(memory.find('new', '', 1, 2, 1), 0);
  memory.letGo(slot, 100_000);
  assert.is.not(memory.find('held', '', 1, 2, 132_000), 0);
  assert.is(memory.find('held', '', 1, 2, 132_001), 0);
});

test('tells a million Call-IDs apart', () => {
  const memory = memoryOf(1_000_000);
  for (let i = 0; i < 1_000_000; i++) {
    const id = `${i}@10.0.0.1`;
    assert.is(memory.find(id, 'tag', 1, 2, 0), 0);
    memory.remember(id, 'tag', 1, 2, 0, VERDICT);
  }
  assert.is(memory.live, 1_000_000);
});

test.run();

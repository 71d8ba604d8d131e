/** The reader, the ring and those who follow, over a table in memory whose transactions commit in any order. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../../src/errors.js';
import type { DeltaRow } from '../../../src/reconcile/gateway/news-frames.js';
import { until } from '../../support/until.js';
import { add, assembled, type Listener } from './following-fixture.js';

const test = suite('reconcile/gateway/following');

test('brings a follower that the ring has overtaken back to what it has missed, and nothing is missing', () =>
  assembled(async (assembly) => {
    const { follow, followers } = assembly;
    const slow = follow();
    const quick = follow();
    await until(() => slow.caughtUp > 0 && quick.caughtUp > 0, 'both are through');
    slow.isSlow = true;
    for (let time = 1; time <= 50; time++) add(assembly, time);
    await until(() => quick.sequences.size === 50, 'the quick one has all');
    assert.ok(slow.sequences.size < 50);
    slow.isSlow = false;
    await until(() => slow.sequences.size === 50, 'the slow one has all');
    assert.ok(followers.overtaken > 0);
    add(assembly, 51);
    await until(() => slow.sequences.size === 51, 'it goes on');
  }, 5));

test('has one message under way for a follower, however much there is to tell', () =>
  assembled(async (assembly) => {
    const slow = assembly.follow();
    const quick = assembly.follow();
    await until(() => slow.caughtUp > 0 && quick.caughtUp > 0, 'both are through');
    slow.isSlow = true;
    const before = slow.messages;
    for (let time = 1; time <= 50; time++) {
      add(assembly, time);
      await until(() => quick.sequences.size === time, 'the quick one has it');
    }
    assert.ok(slow.messages <= before + 1);
  }));

test('ends a follower that takes nothing for half a minute, and cuts its connection', () =>
  assembled(async (assembly) => {
    const { clock, follow, followers } = assembly;
    const slow = follow();
    await until(() => slow.caughtUp > 0, 'it is through');
    slow.isSlow = true;
    add(assembly, 1);
    await until(() => slow.sequences.size === 1, 'a message is under way');
    clock.nowMs += 29_000;
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.is(slow.ended, undefined);
    clock.nowMs += 2_000;
    await until(() => slow.ended !== undefined, 'it is ended');
    assert.is(slow.ended?.error.code, 'ACM_RATE_LIMITED');
    assert.is(slow.ended?.cut, true);
    assert.is(followers.stalled, 1);
    assert.is(followers.count, 0);
  }));

test('gives up a sequence that never comes, and takes one that comes late', () =>
  assembled(async (assembly) => {
    const { clock, table, gaps, reader, follow } = assembly;
    const listener = follow();
    await until(() => listener.caughtUp > 0, 'it is through');
    const late = table.insert(1);
    table.insert(2);
    add(assembly, 3);
    await until(() => listener.sequences.size === 1, 'the later one is there');
    assert.is(gaps.count, 2);
    table.commit(late);
    reader.wake();
    await until(() => listener.sequences.has(late.sequence), 'the late one is there');
    assert.is(gaps.count, 1);
    clock.nowMs += 5_001;
    reader.wake();
    await until(() => gaps.count === 0, 'the other one is given up');
  }));

test('tells all followers of another epoch, and everything in it', () =>
  assembled(async (assembly) => {
    const { table, reader, follow } = assembly;
    for (let time = 1; time <= 10; time++) add(assembly, time);
    const listeners = [follow(), follow(5)];
    await until(() => listeners.every(({ caughtUp }) => caughtUp > 0), 'they are through');
    assert.equal(
      listeners.map(({ sequences }) => sequences.size),
      [10, 6],
    );
    table.crash();
    for (let time = 6; time <= 8; time++) add(assembly, time);
    reader.wake();
    await until(
      () => listeners.every(({ sequences, epochs }) => epochs.length === 2 && sequences.size === 3),
      'all is told',
    );
    assert.is(reader.newEpochs, 1);
  }));

test('keeps followers while the database is away, and tells them the rest when it is back', () =>
  assembled(async (assembly) => {
    const { table, state, follow } = assembly;
    const listener = follow();
    await until(() => listener.caughtUp > 0, 'it is through');
    table.isAway = true;
    add(assembly, 1);
    await until(() => !state.isUp, 'it is noticed');
    assert.throws(
      () => follow(),
      (error: AcmError) => error.code === 'ACM_STORE_UNAVAILABLE',
    );
    table.isAway = false;
    await until(() => listener.sequences.size === 1, 'the rest is told');
    assert.is(listener.epochs.length, 1);
  }));

test('turns away more followers than it can have, and all of them when it stops', () =>
  assembled(async ({ follow, followers, stop }) => {
    const listeners = Array.from({ length: 1_000 }, () => follow());
    assert.throws(
      () => follow(),
      (error: AcmError) => error.code === 'ACM_RATE_LIMITED',
    );
    assert.is(followers.refused, 1);
    await stop();
    assert.ok(listeners.every(({ ended }) => ended?.error.code === 'ACM_UNAVAILABLE'));
    assert.throws(
      () => follow(),
      (error: AcmError) => error.code === 'ACM_UNAVAILABLE',
    );
  }));

type Step =
  | { readonly do: 'insert' | 'commit' | 'slow' | 'quick' | 'rest' }
  | { readonly do: 'follow'; readonly sinceMs: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('insert' as const, 'commit' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('slow' as const, 'quick' as const, 'rest' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('follow' as const), sinceMs: fc.nat({ max: 30 }) }) },
  ),
  { minLength: 20, maxLength: 60 },
);

test('misses no row that commits in time, in whatever order and at whatever pace', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), (script, choices) =>
      assembled(async (assembly) => {
        const { table, reader, follow } = assembly;
        const open: DeltaRow[] = [];
        const done: DeltaRow[] = [];
        const listeners: { readonly sinceMs: number; readonly listener: Listener }[] = [];
        const commit = (): void => {
          const [row] = open.splice(choices.next().value % Math.max(1, open.length), 1);
          if (row === undefined) return;
          table.commit(row);
          done.push(row);
          reader.wake();
        };
        let timeMs = 0;
        for (const step of script) {
          const chosen = listeners[choices.next().value % Math.max(1, listeners.length)];
          if (step.do === 'insert') open.push(table.insert(timeMs++));
          else if (step.do === 'commit') commit();
          else if (step.do === 'follow')
            listeners.push({ sinceMs: step.sinceMs, listener: follow(step.sinceMs) });
          else if (step.do === 'rest') await new Promise((resolve) => setTimeout(resolve, 12));
          else if (chosen !== undefined) chosen.listener.isSlow = step.do === 'slow';
        }
        while (open.length > 0) commit();
        for (const { sinceMs, listener } of listeners) {
          listener.isSlow = false;
          const wanted = done.filter(({ storedAtMs }) => storedAtMs >= sinceMs).length;
          await until(
            () => listener.sequences.size === wanted && listener.caughtUp > 0,
            'all rows are there',
          );
        }
      }, 4),
    ),
    { numRuns: 40 },
  );
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../../src/errors.js';
import { WorkQueue } from '../../../src/reconcile/gateway/work-queue.js';

const test = suite('reconcile/gateway/work-queue');

/** Work that ends when it is told to. */
function work() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const piece = {
    begun: false,
    resolve,
    run() {
      piece.begun = true;
      return promise;
    },
  };
  return piece;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => '',
    (error: AcmError) => error.code,
  );
}

test('does a few pieces at a time, in the order in which they came', async () => {
  const queue = new WorkQueue({ underWayMax: 2, waitingMax: 10, waitMsMax: 60_000 });
  const pieces = [work(), work(), work(), work()];
  const results = pieces.map((piece) => queue.run(piece.run));
  await Promise.resolve();
  assert.equal(
    pieces.map(({ begun }) => begun),
    [true, true, false, false],
  );
  assert.is(queue.waiting, 2);
  pieces[1]!.resolve('second');
  assert.is(await results[1], 'second');
  await Promise.resolve();
  assert.equal(
    pieces.map(({ begun }) => begun),
    [true, true, true, false],
  );
  for (const piece of pieces) piece.resolve('');
  await Promise.all(results);
  assert.is(queue.waiting, 0);
});

test('goes on after a piece that has failed', async () => {
  const queue = new WorkQueue({ underWayMax: 1, waitingMax: 10, waitMsMax: 60_000 });
  const failing = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(() => Promise.resolve('yes'));
  assert.is(await failing.catch((error: Error) => error.message), 'no');
  assert.is(await next, 'yes');
});

test('turns away what is too much, and what waits for too long', async () => {
  const queue = new WorkQueue({ underWayMax: 1, waitingMax: 1, waitMsMax: 1 });
  const first = work();
  const result = queue.run(first.run);
  const waiting = codeOf(queue.run(() => Promise.resolve('')));
  assert.is(await codeOf(queue.run(() => Promise.resolve(''))), 'ACM_RATE_LIMITED');
  assert.is(await waiting, 'ACM_RATE_LIMITED');
  assert.is(queue.refused, 2);
  first.resolve('');
  await result;
  assert.is(await queue.run(() => Promise.resolve('again')), 'again');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import { RunQueue } from '../../src/store/run-queue.js';
import { ManualTime, settle } from './manual-time.js';

const test = suite('store/run-queue');

/** A queue before a worker that does nothing by itself. */
function setUp() {
  const time = new ManualTime();
  const sent: string[] = [];
  const counts = { givenUp: 0 };
  const queue = new RunQueue<string, string>({
    peer: 'the database',
    send: (order) => sent.push(order),
    giveUp: () => counts.givenUp++,
    schedule: time.schedule,
  });
  return { queue, time, sent, counts };
}

/** What a promise came to so far: a reply, an error's message, or nothing yet. */
async function stateOf(promise: Promise<string>): Promise<string | undefined> {
  let state: string | undefined;
  promise.then(
    (reply) => {
      state = reply;
    },
    (error: AcmError) => {
      state = `${error.code}: ${error.message}`;
    },
  );
  await settle();
  return state;
}

test('sends one run at a time, in their order', async () => {
  const { queue, time, sent } = setUp();
  const [one, two] = [queue.run('one', 1_000), queue.run('two', 1_000)];
  assert.equal(sent, ['one']);
  two.catch(() => undefined);
  queue.settle('first reply');
  assert.equal(sent, ['one', 'two']);
  queue.settle(new AcmError('ACM_STORE_REFUSED', 'no'));
  assert.is(await stateOf(one), 'first reply');
  assert.is(await stateOf(two), 'ACM_STORE_REFUSED: no');
  assert.is(time.timers, 0);
});

test('gives a run up at its deadline, and never sends one that still waited then', async () => {
  const { queue, time, sent } = setUp();
  const [one, two, three] = [queue.run('one', 1_000), queue.run('two', 500), queue.run('three', 2_000)];
  for (const run of [one, two, three]) run.catch(() => undefined);
  await time.advance(1_000);
  assert.is(await stateOf(two), 'ACM_STORE_UNAVAILABLE: the database did not answer within 500 ms');
  assert.is(await stateOf(one), 'ACM_STORE_UNAVAILABLE: the database did not answer within 1000 ms');
  queue.settle('a late reply');
  assert.equal(sent, ['one', 'three']);
  queue.settle('in time');
  assert.is(await stateOf(three), 'in time');
});

test('turns runs away when a hundred wait', async () => {
  const { queue, time } = setUp();
  const runs = Array.from({ length: 101 }, (_, i) => queue.run(`run ${i}`, 1_000));
  for (const run of runs) run.catch(() => undefined);
  const refused = await stateOf(queue.run('one too many', 1_000));
  assert.is(refused, 'ACM_STORE_UNAVAILABLE: the database has too much to do: 100 requests wait');
  await time.advance(1_000);
  assert.is(await stateOf(queue.run('later', 1_000)), undefined);
});

test('gives the worker up half a minute after a deadline, unless it answers before', async () => {
  const { queue, time, counts } = setUp();
  queue.run('slow', 1_000).catch(() => undefined);
  await time.advance(30_000);
  queue.settle('late');
  await time.advance(60_000);
  assert.is(counts.givenUp, 0);
  queue.run('stuck', 1_000).catch(() => undefined);
  await time.advance(30_999);
  assert.is(counts.givenUp, 0);
  await time.advance(1);
  assert.is(counts.givenUp, 1);
});

test('fails what waits and what comes once there is no worker', async () => {
  const { queue, time } = setUp();
  const runs = [queue.run('one', 1_000), queue.run('two', 1_000)];
  for (const run of runs) run.catch(() => undefined);
  queue.fail(new AcmError('ACM_STORE_UNAVAILABLE', 'it has died'));
  queue.fail(new AcmError('ACM_STORE_UNAVAILABLE', 'it has died again'));
  for (const run of runs) assert.is(await stateOf(run), 'ACM_STORE_UNAVAILABLE: it has died');
  assert.is(await stateOf(queue.run('three', 1_000)), 'ACM_STORE_UNAVAILABLE: it has died');
  assert.is(time.timers, 0);
});

test('lets the run under way be answered when it takes no more', async () => {
  const { queue } = setUp();
  const [one, two] = [queue.run('one', 1_000), queue.run('two', 1_000)];
  two.catch(() => undefined);
  queue.refuse(new AcmError('ACM_STORE_UNAVAILABLE', 'closed'));
  queue.settle('answered');
  assert.is(await stateOf(one), 'answered');
  assert.is(await stateOf(two), 'ACM_STORE_UNAVAILABLE: closed');
});

test.run();

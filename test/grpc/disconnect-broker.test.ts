import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DisconnectOrder, DisconnectOutcome } from '../../src/admission/disconnect.js';
import { DisconnectBroker, type Watcher } from '../../src/grpc/disconnect-broker.js';

const test = suite('grpc/disconnect-broker');

function orderTo(switchId: string, disconnectId = 'd1'): DisconnectOrder {
  const answer = { sipStatus: 608, sipReason: 'Rejected', reasonHeader: 'SIP;cause=608' };
  return { disconnectId, switchId, callId: 'c1', fromTag: 't1', alertId: 'a1', ...answer };
}

/** A watcher that remembers the ids that it was given. */
function watcher(): Watcher & { readonly got: string[] } {
  const got: string[] = [];
  return { got, deliver: ({ disconnectId }) => void got.push(disconnectId) };
}

/** Whether a promise has settled by the time that everything due has run. */
async function outcomeNow(order: Promise<DisconnectOutcome>): Promise<DisconnectOutcome | 'open'> {
  return Promise.race([order, new Promise<'open'>((resolve) => setImmediate(() => resolve('open')))]);
}

test('gives an order to every watcher of its switch and is content with one that ended the call', async () => {
  const broker = new DisconnectBroker();
  const [one, two, other] = [watcher(), watcher(), watcher()];
  broker.watch('s', one);
  broker.watch('s', two);
  broker.watch('elsewhere', other);
  const settled = broker.disconnect(orderTo('s'));
  assert.equal([one.got, two.got, other.got], [['d1'], ['d1'], []]);
  assert.ok(broker.confirm('d1', 's', 'ended'));
  assert.is(await settled, 'ended');
});

test('asks everybody about a call whose switch nobody knows, whoever of them answers', async () => {
  const broker = new DisconnectBroker();
  assert.is(await broker.disconnect(orderTo('')), 'unsupported', 'there is nobody to ask');
  const [one, other, late] = [watcher(), watcher(), watcher()];
  broker.watch('s', one);
  broker.watch('elsewhere', other);
  const settled = broker.disconnect(orderTo(''));
  broker.watch('newcomer', late);
  assert.equal([one.got, other.got, late.got], [['d1'], ['d1'], ['d1']]);
  assert.ok(broker.confirm('d1', 's', 'gone'));
  assert.is(await outcomeNow(settled), 'open');
  assert.ok(broker.confirm('d1', 'elsewhere', 'ended'));
  assert.is(await settled, 'ended');
});

test('believes that a call is gone only when every watcher has said so', async () => {
  const broker = new DisconnectBroker();
  broker.watch('s', watcher());
  broker.watch('s', watcher());
  const settled = broker.disconnect(orderTo('s'));
  assert.ok(broker.confirm('d1', 's', 'gone'));
  assert.is(await outcomeNow(settled), 'open');
  assert.ok(broker.confirm('d1', 's', 'gone'));
  assert.is(await settled, 'gone');
});

test('believes the watcher that has the call before those that have not, whoever speaks last', async () => {
  for (const [answers, expected] of [
    [['failed', 'gone'], 'failed'],
    [['gone', 'failed'], 'failed'],
    [['unsupported', 'gone'], 'unsupported'],
    [['gone', 'unsupported'], 'unsupported'],
    [['unsupported', 'failed'], 'failed'],
    [['failed', 'ended'], 'ended'],
  ] as const) {
    const broker = new DisconnectBroker();
    broker.watch('s', watcher());
    broker.watch('s', watcher());
    const settled = broker.disconnect(orderTo('s'));
    for (const answer of answers) broker.confirm('d1', 's', answer);
    assert.is(await settled, expected, answers.join(' then '));
  }
});

test('gives open orders to a watcher who comes late', async () => {
  const broker = new DisconnectBroker();
  const settled = broker.disconnect(orderTo('s'));
  const other = broker.disconnect(orderTo('elsewhere', 'd2'));
  const late = watcher();
  broker.watch('s', late);
  assert.equal(late.got, ['d1']);
  broker.confirm('d1', 's', 'ended');
  assert.is(await settled, 'ended');
  assert.is(await outcomeNow(other), 'open');
  broker.confirm('d2', 'elsewhere', 'ended');
});

test('keeps an order open whose watcher has left without an answer', async () => {
  const broker = new DisconnectBroker();
  const leave = broker.watch('s', watcher());
  const settled = broker.disconnect(orderTo('s'));
  leave();
  assert.is(await outcomeNow(settled), 'open');
  const next = watcher();
  broker.watch('s', next);
  assert.equal(next.got, ['d1']);
  broker.confirm('d1', 's', 'gone');
  assert.is(await settled, 'gone');
});

test('takes a confirmation from someone who does not watch any more', async () => {
  const broker = new DisconnectBroker();
  broker.watch('s', watcher())();
  const settled = broker.disconnect(orderTo('s'));
  assert.ok(broker.confirm('d1', 's', 'unsupported'));
  assert.is(await settled, 'unsupported');
});

test('knows no order twice, none of another switch, and none that it never gave', async () => {
  const broker = new DisconnectBroker();
  broker.watch('s', watcher());
  const settled = broker.disconnect(orderTo('s'));
  assert.not.ok(broker.confirm('d1', 'elsewhere', 'ended'));
  assert.not.ok(broker.confirm('d2', 's', 'ended'));
  assert.ok(broker.confirm('d1', 's', 'ended'));
  assert.not.ok(broker.confirm('d1', 's', 'ended'));
  assert.is(await settled, 'ended');
});

test('fails when nobody confirms in time', async () => {
  const broker = new DisconnectBroker(1);
  broker.watch('s', watcher());
  assert.is(await broker.disconnect(orderTo('s')), 'failed');
  assert.not.ok(broker.confirm('d1', 's', 'ended'), 'too late');
});

test('takes a repeated order under the same id for an open one', async () => {
  const broker = new DisconnectBroker();
  const only = watcher();
  broker.watch('s', only);
  const first = broker.disconnect(orderTo('s'));
  broker.confirm('d1', 's', 'failed');
  assert.is(await first, 'failed');
  const second = broker.disconnect(orderTo('s'));
  assert.equal(only.got, ['d1', 'd1']);
  broker.confirm('d1', 's', 'ended');
  assert.is(await second, 'ended');
});

test('counts the switches that somebody watches', () => {
  const broker = new DisconnectBroker();
  const leave = [broker.watch('s', watcher()), broker.watch('s', watcher()), broker.watch('t', watcher())];
  assert.is(broker.watchedSwitches, 2);
  leave[0]();
  leave[0]();
  assert.is(broker.watchedSwitches, 2);
  leave[1]();
  assert.is(broker.watchedSwitches, 1);
  leave[2]();
  assert.is(broker.watchedSwitches, 0);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CallDesk } from '../../src/admission/call-desk.js';
import type { DisconnectOrder, DisconnectOutcome } from '../../src/admission/disconnect.js';
import { InvalidFieldError } from '../../src/errors.js';
import { callDesksOf } from '../support/call-desks.js';
import { MemoryAuditLog } from '../support/memory-access.js';
import { MemoryStatisticsStore, statisticsDeskOf } from '../support/memory-statistics.js';
import { MemoryAlertStore } from '../support/memory-store.js';
import { AdmissionFixture, B, POLICY } from './admission-fixture.js';

const test = suite('admission/call-desk');

const BY = { author: 'grace', origin: 'test' };
const A = '+15550000001';

type Disconnect = (order: DisconnectOrder) => Promise<DisconnectOutcome>;

function deskOf({ disconnect, timeIsUp = false }: { disconnect?: Disconnect; timeIsUp?: boolean } = {}) {
  const fixture = new AdmissionFixture(disconnect === undefined ? {} : { disconnect });
  const audit = new MemoryAuditLog();
  const alerts = new MemoryAlertStore();
  const now = (): Date => fixture.wallClock.dateOf(fixture.now);
  const statistics = statisticsDeskOf({
    alerts,
    policies: { fallback: fixture.state.policies.fallback },
    now,
  });
  const { callDesk } = callDesksOf(fixture, {
    acts: audit,
    alertDesk: { change: () => assert.unreachable() } as never,
    alerts,
    statistics,
    store: new MemoryStatisticsStore(),
    ...(timeIsUp ? { sleep: async () => new Promise<void>((resolve) => setImmediate(resolve)) } : {}),
  });
  return { fixture, audit, desk: callDesk };
}

async function ended(desk: CallDesk, callIds: readonly string[]): Promise<(readonly [string, boolean])[]> {
  const results = await desk.disconnect({ callIds, alertId: '', reason: '' }, BY);
  return results.map(({ callId, success }) => [callId, success] as const);
}

test('lists the calls that were reported last first, as many as are wanted, and says how many there are', async () => {
  const { fixture, desk } = deskOf();
  for (let i = 0; i < 5; i++) {
    fixture.report(A, `call-${i}`);
    fixture.now += 1_000;
  }
  const { calls, total } = await desk.list({ limit: 3 });
  assert.equal([calls.map(({ callId }) => callId), total], [['call-4', 'call-3', 'call-2'], 5]);
  assert.equal(
    calls.map(({ durationMs }) => durationMs),
    [1_000, 2_000, 3_000],
  );
  assert.is((await desk.list({ limit: 1_000 })).calls.length, 5);
});

test('tells of a call who calls whom, since when, from where, and which switch carries it', async () => {
  const { fixture, desk } = deskOf();
  fixture.report(A, 'one', { sourceIp: '192.0.2.1', state: 'answered' });
  fixture.report('anonymous', 'two');
  const { calls } = await desk.list({ limit: 10 });
  assert.equal(calls[1], {
    callId: 'one',
    fromTag: 'tag',
    switchId: 'sw',
    sourceIp: '192.0.2.1',
    aNumber: '15550000001',
    bNumber: '2348099999999',
    state: 'answered',
    startedAt: fixture.wallClock.dateOf(fixture.now),
    durationMs: 0,
    ending: false,
    spared: false,
  });
  assert.is(calls[0].aNumber, 'anonymous');
});

test('lists the calls to one B-number, however that is written, and holds no number that is not called', async () => {
  const { fixture, desk } = deskOf();
  fixture.report(A, 'one');
  fixture.report(A, 'two', { bNumber: '+15559999999' });
  const { calls, total } = await desk.list({ bNumber: '00234 809 999 9999', limit: 10 });
  assert.equal([calls.map(({ callId }) => callId), total], [['one'], 1]);
  const { kept } = fixture.state.keys;
  assert.equal(await desk.list({ bNumber: 'nobody', limit: 10 }), { calls: [], total: 0 });
  assert.is(fixture.state.keys.kept, kept);
});

test('walks very many calls in slices, so that others are answered meanwhile, and passes over what ends', async () => {
  const { fixture, desk } = deskOf();
  for (let i = 0; i < 20_000; i++) fixture.report(A, `call-${i}`);
  const listed = desk.list({ limit: 100 });
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  fixture.calls.end('call-19999', 'tag', fixture.now);
  const { calls } = await listed;
  clearInterval(others);
  assert.is(calls[0].callId, 'call-19998');
  assert.ok(turns > 0);
});

test('refuses a limit that is out of bounds, and a number that is none', async () => {
  const { desk } = deskOf();
  for (const limit of [0, 1_001, 1.5]) await refuses(() => desk.list({ limit }), 'limit');
  await refuses(() => desk.list({ bNumber: '', limit: 1 }), 'b_number');
});

async function refuses(work: () => Promise<unknown>, field: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, InvalidFieldError);
    assert.is((error as InvalidFieldError).field, field);
    return;
  }
  assert.unreachable(`${field} was not refused`);
}

test('ends calls through the switch that carries them, and says who ordered it', async () => {
  const { fixture, audit, desk } = deskOf();
  fixture.report(A, 'one');
  fixture.report(A, 'two');
  const alertId = '3b241101-e2bb-4255-8caf-4136c566a962';
  const request = { callIds: ['one', 'two', 'one'], alertId, reason: 'customer +2348031234567 complains' };
  const results = await desk.disconnect(request, BY);
  assert.equal(results, [
    { callId: 'one', success: true, error: '' },
    { callId: 'two', success: true, error: '' },
  ]);
  assert.equal(
    fixture.orders.map((order) => [order.callId, order.switchId, order.fromTag, order.alertId]),
    [
      ['one', 'sw', 'tag', alertId],
      ['two', 'sw', 'tag', alertId],
    ],
  );
  const [entry] = audit.entries;
  assert.equal(
    [audit.entries.length, entry.action, entry.target, entry.actor],
    [2, 'call.disconnect', 'one', 'grace'],
  );
  assert.equal(JSON.parse(entry.before), {
    a_number: '155******01',
    b_number: '234********99',
    switch_id: 'sw',
    state: 'ringing',
  });
  assert.equal(JSON.parse(entry.after), {
    ending: true,
    reason: 'customer +23*********67 complains',
    alert_id: alertId,
  });
  const log = JSON.stringify(fixture.logged);
  assert.not.match(log, '2348031234567');
  assert.match(log, 'complains');
});

test('ends every call of a Call-ID, whatever its From-tag', async () => {
  const { fixture, desk } = deskOf();
  fixture.report(A, 'one', { fromTag: 'x' });
  fixture.report(A, 'one', { fromTag: 'y' });
  assert.equal(await ended(desk, ['one']), [['one', true]]);
  assert.equal(
    fixture.orders.map(({ fromTag }) => fromTag),
    ['x', 'y'],
  );
});

test('tries a call that nobody has told of on every switch', async () => {
  const { fixture, desk, audit } = deskOf();
  assert.equal(await ended(desk, ['unheard of']), [['unheard of', true]]);
  assert.equal([fixture.orders[0].switchId, fixture.orders[0].fromTag], ['', '']);
  assert.is(audit.entries[0].before, 'null');
});

test('never ends a call that is spared, and says why', async () => {
  const { fixture, desk, audit } = deskOf();
  fixture.report(A, 'emergency', { bNumber: '112' });
  fixture.intake.observe(fixture.attempt(A, { callId: 'observed emergency', bNumber: '112' }), 'ringing');
  const request = { callIds: ['emergency', 'observed emergency'], alertId: '', reason: '' };
  for (const { success, error } of await desk.disconnect(request, BY)) {
    assert.is(success, false);
    assert.match(error, 'spared');
  }
  assert.equal([fixture.orders, audit.entries], [[], []]);
  assert.ok((await desk.list({ limit: 1 })).calls[0].spared);
});

test('says of each call why it is not known to have ended', async () => {
  const outcomes: Record<string, DisconnectOutcome> = { a: 'ended', b: 'gone', c: 'unsupported' };
  const { fixture, desk } = deskOf({ disconnect: async ({ callId }) => outcomes[callId] });
  for (const callId of ['a', 'b', 'c']) fixture.report(A, callId);
  const results = await desk.disconnect({ callIds: ['a', 'b', 'c'], alertId: '', reason: '' }, BY);
  assert.equal(
    results.map(({ success, error }) => [success, error]),
    [
      [true, ''],
      [false, 'no switch has such a call, or not any more'],
      [false, 'no switch is connected that could end the call'],
    ],
  );
});

test('does not wait longer than people do; what is not confirmed by then goes on being tried', async () => {
  const { promise, resolve } = Promise.withResolvers<DisconnectOutcome>();
  const { fixture, desk } = deskOf({ disconnect: () => promise, timeIsUp: true });
  fixture.report(A, 'slow');
  const [result] = await desk.disconnect({ callIds: ['slow'], alertId: '', reason: '' }, BY);
  assert.equal(result, {
    callId: 'slow',
    success: false,
    error: 'not confirmed yet; it goes on being tried',
  });
  const [call] = (await desk.list({ limit: 1 })).calls;
  assert.ok(call.ending);
  resolve('ended');
});

test('ends calls also while the audit log cannot be written, and warns with who ordered it', async () => {
  const { fixture, audit, desk } = deskOf();
  audit.away = true;
  fixture.report(A, 'one');
  assert.equal(await ended(desk, ['one']), [['one', true]]);
  const warning = fixture.logged.find(({ message }) => message.startsWith('the audit log cannot say'));
  assert.is(warning?.fields['author'], 'grace');
  assert.equal(warning?.fields['callIds'], ['one']);
});

test('leaves room for the teardowns of attacks, however many calls are to be ended by hand', async () => {
  const { promise, resolve } = Promise.withResolvers<DisconnectOutcome>();
  const { fixture, desk } = deskOf({ disconnect: () => promise, timeIsUp: true });
  const hundred = (first: number) => Array.from({ length: 100 }, (_, i) => `unheard of ${first + i}`);
  for (let i = 0; i < 10; i++) await ended(desk, hundred(100 * i));
  const [result] = await desk.disconnect({ callIds: ['one more'], alertId: '', reason: '' }, BY);
  assert.match(result.error, 'try again in a while');
  assert.is(fixture.orders.length, 1_000);
  resolve('gone');
  await new Promise((settled) => setImmediate(settled));
  await desk.disconnect({ callIds: ['one more'], alertId: '', reason: '' }, BY);
  assert.is(fixture.orders.length, 1_001);
});

test('a policy that only watches is no reason to leave a call that a person ends', async () => {
  const { fixture, desk } = deskOf();
  fixture.state.policies.switchOff(true);
  fixture.report(A, 'one');
  assert.equal(await ended(desk, ['one']), [['one', true]]);
  assert.is(POLICY.enforcement, 'enforce');
});

test('refuses orders without calls, with too many, and with what is no Call-ID', async () => {
  const { fixture, desk } = deskOf();
  const order =
    (callIds: readonly string[], reason = '') =>
    () =>
      desk.disconnect({ callIds, alertId: '', reason }, BY);
  await refuses(order([]), 'call_ids');
  await refuses(order(Array.from({ length: 101 }, String)), 'call_ids');
  await refuses(order(['a', '']), 'call_ids[1]');
  await refuses(order(['a\n']), 'call_ids[0]');
  await refuses(order(['a'.repeat(513)]), 'call_ids[0]');
  await refuses(order(['a'], 'x'.repeat(501)), 'reason');
  assert.equal(fixture.orders, []);
});

test('calls to exempt numbers are known when they are observed, and go with their end', () => {
  const { fixture } = deskOf();
  const attempt = fixture.attempt(A, { bNumber: '112' });
  fixture.intake.screen(attempt);
  assert.is(fixture.calls.find(attempt.callId, 'tag')?.spared, true);
  fixture.intake.report({ ...attempt, state: 'ended', ageMs: 0 });
  assert.is(fixture.calls.size, 0);
  assert.is(fixture.calls.countTo(fixture.state.keys.acquire(B)), 0);
});

test.run();

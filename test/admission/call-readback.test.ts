import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallReadback } from '../../src/admission/call-readback.js';
import type { CallLister, CallListing, ListedCall } from '../../src/admission/switch-ports.js';
import { AcmError } from '../../src/errors.js';
import { AdmissionFixture, B, recordingLog } from './admission-fixture.js';

const test = suite('admission/call-readback');

function listed(callId: string, overrides: Partial<ListedCall> = {}): ListedCall {
  return {
    callId,
    fromTag: 'tag',
    aNumber: '+15550000001',
    bNumber: B,
    sourceIp: '192.0.2.1',
    state: 'answered',
    ageMs: 10_000,
    ...overrides,
  };
}

function listerOf(listing: () => CallListing | Promise<CallListing>): CallLister {
  return { switchId: 'sw', listCalls: async () => listing() };
}

function readbackOf(fixture: AdmissionFixture): CallReadback {
  const { reports: callReports, calls, logged } = fixture;
  return new CallReadback({ callReports, calls, now: () => fixture.now, log: recordingLog(logged) });
}

test('after a restart the calls in progress are those of the switch, as old as they are', async () => {
  const fixture = new AdmissionFixture();
  await readbackOf(fixture).read(listerOf(() => ({ calls: [listed('a'), listed('b')], complete: true })));
  assert.is(fixture.calls.size, 2);
  assert.is(fixture.calls.find('a', 'tag')?.startedMs, fixture.now - 10_000);
  assert.is(fixture.state.counters.totals().checks, 0, 'they are no attempts');
});

test('a call that was answered while the list was made does not ring again', async () => {
  const fixture = new AdmissionFixture();
  fixture.report('A', 'answered', { state: 'answered' });
  const calls = [listed('answered', { state: 'ringing' })];
  await readbackOf(fixture).read(listerOf(() => ({ calls, complete: true })));
  assert.is(fixture.calls.find('answered', 'tag')?.state, 'answered');
});

test('a call that the switch does not have any more has ended', async () => {
  const fixture = new AdmissionFixture();
  fixture.report('A', 'over');
  fixture.report('A', 'elsewhere', { switchId: 'another' });
  fixture.now += 6_000;
  await readbackOf(fixture).read(listerOf(() => ({ calls: [listed('there')], complete: true })));
  assert.equal(
    [...fixture.calls.all()].map(({ callId }) => callId),
    ['elsewhere', 'there'],
  );
});

test('a call that may have begun after the list was made is left alone', async () => {
  const fixture = new AdmissionFixture();
  fixture.report('A', 'young');
  fixture.now += 4_000;
  await readbackOf(fixture).read(listerOf(() => ({ calls: [], complete: true })));
  assert.is(fixture.calls.size, 1);
});

test('nothing ends on account of a list that is not complete', async () => {
  const fixture = new AdmissionFixture();
  fixture.report('A', 'old');
  fixture.now += 60_000;
  await readbackOf(fixture).read(listerOf(() => ({ calls: [listed('there')], complete: false })));
  assert.is(fixture.calls.size, 2);
});

test('a strange call does not hide the others, and a switch that is away changes nothing', async () => {
  const fixture = new AdmissionFixture();
  const readback = readbackOf(fixture);
  const calls = [listed('x', { sourceIp: 'nonsense' }), listed('good')];
  await readback.read(listerOf(() => ({ calls, complete: true })));
  await readback.read(
    listerOf(() => {
      throw new AcmError('ACM_UNAVAILABLE', 'away');
    }),
  );
  assert.equal(
    [...fixture.calls.all()].map(({ callId }) => callId),
    ['good'],
  );
  assert.not.ok(
    fixture.logged.some(({ fields }) => 'err' in fields),
    'neither is a defect',
  );
});

test('a call of a burst that is read back is torn down', async () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.attack(5);
  fixture.settle();
  await readbackOf(fixture).read(
    listerOf(() => ({ calls: [listed('masked', { ageMs: 1_000 })], complete: true })),
  );
  assert.equal(
    fixture.orders.map(({ callId }) => callId),
    ['masked'],
  );
});

test('while a reading goes on it is not begun anew', async () => {
  const fixture = new AdmissionFixture();
  let asked = 0;
  const lister = listerOf(() => {
    asked++;
    return { calls: [], complete: true };
  });
  const readback = readbackOf(fixture);
  await Promise.all([readback.read(lister), readback.read(lister)]);
  await readback.read(lister);
  assert.is(asked, 2);
});

test.run();

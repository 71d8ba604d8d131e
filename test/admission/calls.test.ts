import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AttemptMemory } from '../../src/admission/attempt-memory.js';
import { type CallInProgress, Calls } from '../../src/admission/calls.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/calls');

function call(callId: string, startedMs = 0): CallInProgress {
  return {
    callId,
    fromTag: 't',
    switchId: 's',
    sourceIp: '',
    aKey: 2,
    bKey: 1,
    startedMs,
    spared: false,
    attempt: 0,
    state: 'ringing',
  };
}

function callsOf(callsMax: number): Calls {
  const keys = new NumberKeys();
  return new Calls(new AttemptMemory(10, keys, 1), keys, callsMax);
}

test('finds the calls to a number by when they began', () => {
  const calls = callsOf(10);
  calls.add(call('a', 10));
  calls.add(call('b', 20));
  assert.equal(
    calls.startedSince(1, 11).map(({ callId }) => callId),
    ['b'],
  );
  calls.end('b', 't', 30);
  assert.equal(
    calls.startedSince(1, 0).map(({ callId }) => callId),
    ['a'],
  );
  assert.is(calls.find('a', 'other tag'), undefined);
});

test('forgets the call that was reported first when it is full, and counts that', () => {
  const calls = callsOf(2);
  for (const id of ['a', 'b', 'c']) calls.add(call(id));
  assert.is(calls.size, 2);
  assert.is(calls.find('a', 't'), undefined);
  assert.is(calls.overflows, 1);
});

test('forgets after a day a call that nobody has ended', () => {
  const calls = callsOf(2);
  calls.add(call('a'));
  calls.sweep(86_400_000);
  assert.is(calls.size, 1);
  calls.sweep(86_400_001);
  assert.is(calls.size, 0);
});

test('follows a call from ringing to its end by the reports of the switch', () => {
  const fixture = new AdmissionFixture();
  fixture.report('A', 'one');
  fixture.report('A', 'one', { state: 'answered' });
  assert.is(fixture.calls.find('one', 'tag')?.state, 'answered');
  fixture.report('', 'one', { state: 'ended', bNumber: '' });
  assert.is(fixture.calls.size, 0);
});

test('names the field of a report that is malformed', () => {
  const fixture = new AdmissionFixture();
  assert.throws(() => fixture.report('A', ''), /^call_id: /);
  assert.throws(() => fixture.report('A', 'one', { switchId: '' }), /^switch_id: /);
  assert.throws(() => fixture.report('A', 'one', { bNumber: '' }), /^b_number: /);
  assert.throws(() => fixture.report('A'.repeat(129), 'one', { state: 'ended' }), /^a_number: /);
  assert.is(fixture.calls.size, 0);
});

test('reckons a call that it hears of late from its age', () => {
  const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
  fixture.attack(5);
  fixture.settle();
  assert.is(
    fixture.report('X', 'old', { ageMs: 5_001 }),
    true,
    'nobody screened it, and its number is under attack',
  );
  fixture.now += 6_000;
  assert.is(fixture.report('Y', 'older', { ageMs: 20_000 }), false);
  assert.is(fixture.report('Z', 'of the burst', { ageMs: 7_000 }), true);
});

test.run();

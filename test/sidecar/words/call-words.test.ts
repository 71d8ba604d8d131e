import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { callTable, endedInWords } from '../../../sidecar/words/call-words.js';
import { type Call, CallPhase } from '../../../src/gen/acm/v1/calls.js';

const test = suite('sidecar/words/call-words');

const CALL: Call = {
  callId: 'a84b4c76e66710@192.0.2.7',
  fromTag: '9fxced76sl',
  aNumber: '2348030000001',
  bNumber: '2348099999999',
  phase: CallPhase.ACTIVE,
  switchId: 'freeswitch',
  sourceIp: '192.0.2.7',
  startedAt: new Date('2026-11-22T03:14:07Z'),
  durationMs: 61_000,
  ending: false,
  spared: false,
};

test('shows who calls whom, for how long, and through which switch', () => {
  const rows = callTable([CALL, { ...CALL, phase: CallPhase.RINGING, ending: true, sourceIp: '' }], 2).split(
    '\n',
  );
  assert.equal(rows, [
    'STATE                 CALL                            FOR   SWITCH      FROM       CALL-ID',
    'active                2348030000001 -> 2348099999999  61 s  freeswitch  192.0.2.7  a84b4c76e66710@192.0.2.7',
    'ringing, being ended  2348030000001 -> 2348099999999  61 s  freeswitch  -          a84b4c76e66710@192.0.2.7',
  ]);
});

test('marks a call that is never torn down, and says when there are more, or none', () => {
  assert.match(callTable([{ ...CALL, spared: true }], 7), /^active, spared .*\nThere are more than 1;/m);
  assert.is(callTable([], 0), 'No call is in progress, as far as the switches have told.');
});

test('says of each call what became of it', () => {
  const results = [
    { callId: 'one', success: true, error: '' },
    { callId: 'two', success: false, error: 'no switch has such a call, or not any more' },
  ];
  assert.is(endedInWords(results), 'one has ended.\ntwo: no switch has such a call, or not any more.');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evidenceBody, evidenceSchema } from '../../src/http/alert-evidence.js';
import { ALERT_ID, alertFileOf, callOf } from '../support/alert-fixture.js';

const test = suite('http/alert-evidence');

test('tells of calls, teardowns and changes as its schema says', () => {
  const body = evidenceBody(alertFileOf());
  assert.equal(evidenceSchema.parse(body), body);
  assert.is(body.alert_id, ALERT_ID);
  assert.is(body.calls.length, 6);
  assert.equal(body.disconnects[0], {
    disconnect_id: '0d9ff0b6-7a4e-4d52-9d3c-4b6a2f0f5a10',
    call_id: 'c1@192.0.2.7',
    from_tag: 't1',
    switch_id: 'sbc-1',
    control: 'grpc',
    outcome: 'ended',
    settled_at: '2026-11-22T03:14:10.250Z',
  });
  assert.equal(body.history, [
    {
      changed_at: '2026-11-22T03:15:07.250Z',
      author: 'ada',
      changes: [{ field: 'status', from: 'NEW', to: 'INVESTIGATING' }],
    },
  ]);
});

test('has a SIP answer for calls that were rejected, and none for those that went on', () => {
  const { calls } = evidenceBody({ ...alertFileOf(), calls: [callOf(1), callOf(5)] });
  assert.equal(
    calls.map(({ verdict, reason, sip_status, sip_reason }) => [verdict, reason, sip_status, sip_reason]),
    [
      ['ALLOW', 'none', null, null],
      ['REJECT', 'masking', 608, 'Rejected'],
    ],
  );
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alertFileInWords } from '../../../sidecar/words/alert-file-words.js';
import { alertTable, changedAlertInWords } from '../../../sidecar/words/alert-words.js';
import { allowlistTable } from '../../../sidecar/words/allowlist-words.js';
import { blockTable } from '../../../sidecar/words/block-words.js';
import {
  type Alert,
  AlertEffect,
  AlertStatus,
  type GetAlertResponse,
} from '../../../src/gen/acm/v1/management.js';
import { alertFileMessage } from '../../../src/grpc/alert-wire.js';
import { ALERT_ID, alertFileOf, B_NUMBER, callOf, later } from '../../support/alert-fixture.js';

const test = suite('sidecar/words/alert-words');

const message = alertFileMessage(alertFileOf());
const alert = message.alert as Alert;

test('tells in one screen what happened, to whom, when, from where, by which rule, and what came of it', () => {
  assert.is(
    alertFileInWords(message, later(720_000)),
    `MEDIUM alert ${ALERT_ID}: NEW, assigned to nobody

What      5 different numbers called ${B_NUMBER} within 5 s; 5 are too many.
          6 calls belong to it so far. Masked calls are rejected.
When      opened 2026-11-22 03:14:07Z (12 minutes ago)
          calls from 2026-11-22 03:14:06Z to 2026-11-22 03:14:09Z
          it goes on
Where     one address: 192.0.2.7
          trunks: lagos; switches: sbc-1
Callers   2348030000001, 2348030000002, anonymous
Rule      policy trunk lagos (revision 12): threshold 5, window 5 s, enforce, cooldown 30 s, auto-block on, auto-disconnect on
Calls     4 ALLOW none, 2 REJECT masking
          TIME                      A-NUMBER       SOURCE     TRUNK  VERDICT  REASON   ANSWER        CALL-ID
          2026-11-22 03:14:06.350Z  2348030000001  192.0.2.7  lagos  ALLOW    none     went on       c1@192.0.2.7
          2026-11-22 03:14:06.450Z  2348030000002  192.0.2.7  lagos  ALLOW    none     went on       c2@192.0.2.7
          2026-11-22 03:14:06.550Z  2348030000003  192.0.2.7  lagos  ALLOW    none     went on       c3@192.0.2.7
          2026-11-22 03:14:06.650Z  2348030000004  192.0.2.7  lagos  ALLOW    none     went on       c4@192.0.2.7
          2026-11-22 03:14:06.750Z  2348030000005  192.0.2.7  lagos  REJECT   masking  608 Rejected  c5@192.0.2.7
          2026-11-22 03:14:06.850Z  2348030000006  192.0.2.7  lagos  REJECT   masking  608 Rejected  c6@192.0.2.7
Teardown  1 ended
          TIME                      OUTCOME  BY    SWITCH  CALL-ID
          2026-11-22 03:14:10.250Z  ended    grpc  sbc-1   c1@192.0.2.7
History   2026-11-22 03:15:07Z ada: status NEW -> INVESTIGATING
Notes     looks like
          a robot

Next: acm alerts update ${ALERT_ID} --status INVESTIGATING --assign <you>`,
  );
});

test('says what there is not', () => {
  const bare: GetAlertResponse = {
    alert: { ...alert, sourceIps: [], notes: '', endedAt: later(60_000), effect: AlertEffect.OBSERVING },
    calls: [],
    disconnects: [],
    history: [],
  };
  const words = alertFileInWords(bare, later(720_000));
  for (const part of [
    'ended 2026-11-22 03:15:07Z',
    'Shadow: its calls are only observed',
    '0 addresses: none known',
    'Calls     none are kept',
    'Teardown  no call was to be ended',
    'History   nobody has touched it',
    'Notes     none',
  ])
    assert.match(words, part);
});

test('shows the first of many calls, and how to see them all', () => {
  const calls = Array.from({ length: 45 }, (_, i) => callOf(i));
  const large = alertFileMessage({ ...alertFileOf({ callCount: 1_200 }), calls });
  const words = alertFileInWords(large, later(0));
  assert.match(words, '5 ALLOW none, 40 REJECT masking (the first 45 of 1200 are kept)');
  assert.match(words, `and 15 more: acm alerts show ${ALERT_ID} --json`);
});

test('says what to do next, as far as the alert has come', () => {
  const next = (status: AlertStatus): string =>
    alertFileInWords({ ...message, alert: { ...alert, status } }, later(0))
      .split('\n')
      .at(-1) ?? '';
  assert.match(next(AlertStatus.INVESTIGATING), 'RESOLVED, or FALSE_POSITIVE');
  assert.match(next(AlertStatus.RESOLVED), 'It is settled.');
});

test('lists alerts in one line each', () => {
  assert.is(
    alertTable([alert], false),
    `OPENED                SEVERITY  STATUS  B-NUMBER       CALLERS  CALLS  WERE      ENDED    ASSIGNED  ALERT
2026-11-22 03:14:07Z  MEDIUM    NEW     ${B_NUMBER}  5        6      rejected  goes on  -         ${ALERT_ID}`,
  );
  assert.is(alertTable([], false), 'No alert matches.');
});

const scope = { scope: { $case: 'bNumber', value: B_NUMBER } as const };
const falsePositive = { ...alert, status: AlertStatus.FALSE_POSITIVE, assignedTo: 'ada' };

test('proposes what would keep a false positive from happening again, with the command for it', () => {
  assert.is(
    changedAlertInWords({
      alert: falsePositive,
      proposal: { scope, days: 7, reason: 'false positive' },
      allowed: undefined,
    }),
    `Alert ${ALERT_ID} on ${B_NUMBER} is FALSE_POSITIVE, assigned to ada.
The blocks that it made are lifted.
It would happen again: calls to ${B_NUMBER} may be allowed, unchecked and uncounted, for 7 days.
If that is right:
  acm alerts update ${ALERT_ID} --status FALSE_POSITIVE --allow 7`,
  );
});

const entry = {
  entryId: 'e1',
  scope,
  expiresAt: later(0),
  reason: 'false positive',
  author: 'ada',
  changedAt: later(0),
  alertId: ALERT_ID,
};

test('says what was allowed, and proposes it no more', () => {
  const words = changedAlertInWords({
    alert: falsePositive,
    proposal: { scope, days: 7, reason: 'false positive' },
    allowed: entry,
  });
  assert.match(
    words,
    `Entry e1: calls to ${B_NUMBER} are allowed, unchecked and uncounted, until 2026-11-22 03:14:07Z.`,
  );
  assert.not.match(words, '--allow');
});

test('does not name an alert twice', () => {
  const words = allowlistTable([{ ...entry, reason: `false positive: alert ${ALERT_ID}` }], false);
  assert.is(words.split(ALERT_ID).length, 2);
});

test('lists allowlist entries and blocks with the alerts that they were made for', () => {
  assert.is(
    allowlistTable([{ ...entry, expiresAt: undefined }], false),
    `ENTRY  ALLOWS                  UNTIL  SET                   BY   REASON
e1     calls to ${B_NUMBER}  never  2026-11-22 03:14:07Z  ada  false positive (alert ${ALERT_ID})`,
  );
  const block = { ...entry, aNumber: '234801', bNumber: B_NUMBER, reason: '' };
  assert.match(blockTable([block], false), new RegExp(`234801 .* ada  \\(alert ${ALERT_ID}\\)$`));
});

test.run();

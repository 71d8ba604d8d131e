import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALERT_STATUSES, mayBecome } from '../../src/admission/alert.js';

const test = suite('admission/alert');

test('lets people move an alert on, settle it at any time, and take a settled one up again', () => {
  const allowed = ALERT_STATUSES.flatMap((from) =>
    ALERT_STATUSES.filter((to) => from !== to && mayBecome(from, to)).map((to) => `${from} -> ${to}`),
  );
  assert.equal(allowed, [
    'NEW -> INVESTIGATING',
    'NEW -> RESOLVED',
    'NEW -> FALSE_POSITIVE',
    'INVESTIGATING -> RESOLVED',
    'INVESTIGATING -> FALSE_POSITIVE',
    'RESOLVED -> INVESTIGATING',
    'FALSE_POSITIVE -> INVESTIGATING',
  ]);
});

test('lets an alert stay what it is', () => {
  assert.ok(ALERT_STATUSES.every((status) => mayBecome(status, status)));
});

test.run();

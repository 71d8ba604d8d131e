import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AlertEvents } from '../../src/admission/alert-events.js';
import { AlertFanOut } from '../../src/admission/alert-fan-out.js';
import type { AlertEvent, FeedEvent } from '../../src/admission/feed-event.js';
import type { AlertNotice } from '../../src/admission/ports.js';
import { alertOf } from '../support/alert-fixture.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/alert-events');

const NOTICE: AlertNotice = {
  alertId: 'alert-1',
  bNumber: '2348099999999',
  severity: 'high',
  distinctACount: 7,
  distinctSources: 1,
  detections: 3,
  effect: 'rejecting',
};

test('tells of what an alert goes through, each with its time', () => {
  const told: FeedEvent[] = [];
  const at = new Date(0);
  const events = new AlertEvents({ publish: (event) => void told.push(event) }, () => at);
  events.opened(NOTICE);
  events.grew(NOTICE);
  events.ended(NOTICE);
  const alert = alertOf();
  events.changed(alert, { author: 'ada', origin: 'test' });
  assert.equal(told, [
    { type: 'alert', what: 'opened', at, notice: NOTICE },
    { type: 'alert', what: 'grew', at, notice: NOTICE },
    { type: 'alert', what: 'ended', at, notice: NOTICE },
    { type: 'alert', what: 'changed', at, alert, author: 'ada' },
  ]);
});

test('tells of an alert that was settled elsewhere, if its incident was open here', () => {
  const fixture = new AdmissionFixture();
  const { alertId } = fixture.attack(5)[4];
  fixture.apply({ settledAlerts: ['of another sidecar', alertId] });
  fixture.apply({ settledAlerts: [alertId] });
  assert.equal(fixture.settled, [alertId]);
});

test('tells several places, in their order', () => {
  const told: string[] = [];
  const place = (name: string) =>
    new AlertEvents(
      { publish: (event) => void told.push(`${name} ${(event as AlertEvent).what}`) },
      () => new Date(0),
    );
  const all = new AlertFanOut([place('one'), place('two')]);
  all.opened(NOTICE);
  all.grew(NOTICE);
  all.ended(NOTICE);
  assert.equal(told, ['one opened', 'two opened', 'one grew', 'two grew', 'one ended', 'two ended']);
});

test.run();

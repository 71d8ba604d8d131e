import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FeedEvent, StatsEvent, ThreatsEvent } from '../../src/admission/feed-event.js';
import { LiveFigures } from '../../src/admission/live-figures.js';
import { currentThreats } from '../../src/admission/threats.js';
import { AdmissionFixture, recordingLog } from './admission-fixture.js';

const test = suite('admission/live-figures');

function setUp() {
  const fixture = new AdmissionFixture();
  const { state, calls, wallClock } = fixture;
  const told: FeedEvent[] = [];
  const listeners = { heard: true, failing: false };
  const nowMs = (): number => fixture.now;
  const figures = new LiveFigures({
    feed: { publish: (event) => void told.push(event) },
    isHeard: () => listeners.heard,
    state,
    calls,
    threats: (limit) =>
      listeners.failing
        ? Promise.reject(new Error('a defect'))
        : currentThreats({ state, wallClock, nowMs }, limit),
    log: recordingLog(fixture.logged),
    now: () => wallClock.dateOf(fixture.now),
    nowMs,
  });
  /** Lets a second pass. */
  const tick = async (): Promise<void> => {
    fixture.now += 1_000;
    figures.tick();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const of = <Type extends FeedEvent>(type: Type['type']): Type[] =>
    told.filter((event) => event.type === type) as Type[];
  return {
    fixture,
    told,
    listeners,
    tick,
    stats: () => of<StatsEvent>('stats'),
    threats: () => of<ThreatsEvent>('threats'),
  };
}

test('tells what has been done since the start, and in the last second', async () => {
  const { fixture, tick, stats } = setUp();
  fixture.attack(7);
  await tick();
  fixture.check('1', { bNumber: '+15550001' });
  await tick();
  const [first, second] = stats();
  assert.equal(first.total, { checks: 7, detections: 3, rejected: 3 });
  assert.equal(first.perSecond, { checks: 7, detections: 3, rejected: 3 });
  assert.is(first.openIncidents, 1);
  assert.equal(second.total, { checks: 8, detections: 3, rejected: 3 });
  assert.equal(second.perSecond, { checks: 1, detections: 0, rejected: 0 });
});

test('works out nothing while nobody listens, and rates of the last second only when somebody does', async () => {
  const { fixture, told, listeners, tick, stats } = setUp();
  listeners.heard = false;
  fixture.attack(7);
  await tick();
  assert.equal(told, []);
  listeners.heard = true;
  await tick();
  assert.is(stats()[0].perSecond.checks, 0);
  assert.is(stats()[0].total.checks, 7);
});

test('tells of threats when they are others than before, also when there are none any more', async () => {
  const { fixture, tick, threats } = setUp();
  await tick();
  assert.is(threats().length, 0);
  fixture.attack(6);
  await tick();
  await tick();
  assert.equal(
    threats().map((event) => event.threats.map(({ distinctACount, level }) => `${distinctACount} ${level}`)),
    [['6 critical']],
  );
  fixture.now += 5_000;
  await tick();
  assert.equal(threats()[1].threats, []);
});

test('tells of a hundred threats at the most, the gravest', async () => {
  const { fixture, tick, threats } = setUp();
  for (let i = 0; i < 250; i++)
    fixture.attack(i === 200 ? 9 : 5, { bNumber: `+2348091${String(i).padStart(6, '0')}` });
  await tick();
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  const [{ threats: list }] = threats();
  assert.is(list.length, 100);
  assert.is(list[0].bNumber, '2348091000200');
});

test('goes on after a defect, and logs it', async () => {
  const { fixture, listeners, tick, threats } = setUp();
  listeners.failing = true;
  await tick();
  assert.is(fixture.logged.at(-1)?.message, 'looking for threats failed');
  listeners.failing = false;
  fixture.attack(5);
  await tick();
  assert.is(threats().length, 1);
});

test.run();

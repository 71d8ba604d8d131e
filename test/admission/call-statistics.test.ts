import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { callDesksOf } from '../support/call-desks.js';
import { MemoryAuditLog } from '../support/memory-access.js';
import { MemoryStatisticsStore, statisticsDeskOf } from '../support/memory-statistics.js';
import { MemoryAlertStore } from '../support/memory-store.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/call-statistics');

function partsOf(fixture = new AdmissionFixture()) {
  const [alerts, store] = [new MemoryAlertStore(), new MemoryStatisticsStore()];
  const now = (): Date => fixture.wallClock.dateOf(fixture.now);
  const { counters, policies } = fixture.state;
  const statistics = statisticsDeskOf({ counters, policies, alerts, store, now });
  const alertDesk = { change: () => assert.unreachable() } as never;
  const desks = callDesksOf(fixture, { acts: new MemoryAuditLog(), alertDesk, alerts, statistics, store });
  return { fixture, store, ...desks };
}

test('rests on the store for what all have done today, and on its own count for what no alert is about', async () => {
  const { fixture, store, tally, callStatistics } = partsOf();
  const now = fixture.wallClock.dateOf(fixture.now);
  store.disconnects.push(now, now, new Date(now.getTime() - 86_400_000));
  tally.settled({ alertId: 'x' }, 'ended');
  tally.settled({ alertId: '' }, 'ended');
  const { disconnectsToday, todayScope } = await callStatistics.figures();
  assert.equal([disconnectsToday, todayScope], [3, 'all']);
});

test('tells what it has done itself while the store is away', async () => {
  const { store, tally, callStatistics } = partsOf();
  store.away = true;
  store.disconnects.push(new Date());
  tally.opened();
  tally.settled({ alertId: 'x' }, 'ended');
  tally.settled({ alertId: '' }, 'ended');
  const { alertsToday, disconnectsToday, todayScope } = await callStatistics.figures();
  assert.equal([alertsToday, disconnectsToday, todayScope], [1, 2, 'sidecar']);
});

test('names the ten B-numbers that are called by most just now, attacked or not', async () => {
  const { fixture, callStatistics } = partsOf();
  for (let b = 0; b < 15; b++)
    for (let a = 0; a <= Math.min(b, 5); a++)
      fixture.intake.observe(
        fixture.attempt(`+155500000${a}${b + 10}`, { bNumber: `+2348000000${100 + b}` }),
        'ringing',
      );
  const { busiest, activeCalls } = await callStatistics.figures();
  assert.is(activeCalls, fixture.calls.size);
  assert.is(busiest.length, 10);
  for (const { distinctACount, flagged } of busiest) assert.is(flagged, distinctACount >= 5);
  assert.ok(busiest.every(({ distinctACount }) => distinctACount === 6));
});

test('a B-number whose calls are old is none that is called just now', async () => {
  const { fixture, callStatistics } = partsOf();
  fixture.intake.observe(fixture.attempt('+15550000001'), 'ringing');
  assert.is((await callStatistics.figures()).busiest.length, 1);
  fixture.now += 10_000;
  const { busiest, activeCalls } = await callStatistics.figures();
  assert.equal([busiest, activeCalls], [[], 1]);
});

test.run();

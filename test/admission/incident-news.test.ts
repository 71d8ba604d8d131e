import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncidentNews } from '../../src/admission/incident-news.js';
import { AdmissionFixture, B } from './admission-fixture.js';

const test = suite('admission/incident-news');

function newsOf(fixture: AdmissionFixture): IncidentNews {
  return new IncidentNews({ incidents: fixture.state.incidents, now: () => fixture.now });
}

function blockOf(aNumber: string) {
  return { aNumber, bNumber: '1', expiresMs: 2_000_000 };
}

test('tells of an incident when it opens and whenever it grows, until that is stored', () => {
  const fixture = new AdmissionFixture();
  const news = newsOf(fixture);
  assert.equal(news.collect(), { blocks: [], incidents: [] });
  const { alertId } = fixture.attack(5)[4];
  const told = {
    alertId,
    bNumber: B.slice(1),
    exempt: false,
    openedMs: fixture.now,
    lastDetectionMs: fixture.now,
    distinctMax: 5,
    severity: 'medium' as const,
  };
  assert.equal(news.collect().incidents, [told]);
  assert.equal(news.collect().incidents, [told], 'it has not been stored');
  fixture.now += 10;
  fixture.check('+15550000001');
  const grown = { ...told, lastDetectionMs: fixture.now, distinctMax: 6 };
  assert.equal(news.collect().incidents, [grown]);
  fixture.now += 10;
  fixture.check('+15550000002');
  news.published();
  assert.equal(
    news.collect().incidents.map(({ distinctMax }) => distinctMax),
    [7],
    'what came after the news was collected follows',
  );
  news.published();
  assert.equal(news.collect().incidents, []);
});

test('tells of every open incident again when what was told is lost, and of no block', () => {
  const fixture = new AdmissionFixture();
  const news = newsOf(fixture);
  for (let i = 0; i < 3; i++) fixture.attack(5, { bNumber: `+1555000000${i}` });
  news.blocked(blockOf('1'));
  assert.equal([news.collect().incidents.length, news.collect().blocks.length], [3, 1]);
  news.published();
  news.rewind();
  assert.equal([news.collect().incidents.length, news.collect().blocks.length], [3, 0]);
});

test('tells of a thousand at a time, each once', () => {
  const fixture = new AdmissionFixture({ capacity: 20_000 });
  const news = newsOf(fixture);
  for (let i = 0; i < 1_500; i++) fixture.attack(5, { bNumber: `+1555${String(i).padStart(7, '0')}` });
  const seen: string[] = [];
  for (const expected of [1_000, 500, 0]) {
    const { incidents } = news.collect();
    assert.is(incidents.length, expected);
    seen.push(...incidents.map(({ alertId }) => alertId));
    news.published();
  }
  assert.is(new Set(seen).size, 1_500);
});

test('tells nothing of an incident that is over', () => {
  const fixture = new AdmissionFixture();
  const news = newsOf(fixture);
  const first = fixture.attack(5)[4].alertId;
  fixture.attack(5, { bNumber: '+15550000001' });
  assert.is(news.collect().incidents.length, 2);
  fixture.state.incidents.settle(first);
  assert.is(news.collect().incidents.length, 1);
  fixture.now += 30_001;
  fixture.sweep();
  assert.is(news.collect().incidents.length, 0);
});

test('tells of each block once, the oldest first, a thousand at a time', () => {
  const news = newsOf(new AdmissionFixture());
  for (let i = 0; i < 1_200; i++) news.blocked(blockOf(String(i)));
  const told: string[] = [];
  for (let i = 0; i < 3; i++) {
    told.push(...news.collect().blocks.map(({ aNumber }) => aNumber));
    news.published();
  }
  assert.equal(
    told,
    Array.from({ length: 1_200 }, (_, i) => String(i)),
  );
});

test('drops blocks that have waited too long or are too many, and counts them', () => {
  const fixture = new AdmissionFixture();
  const news = newsOf(fixture);
  for (let i = 0; i < 10_003; i++) news.blocked(blockOf(String(i)));
  assert.is(news.blocksDropped, 3);
  assert.is(news.collect().blocks[0].aNumber, '3');
  news.blocked(blockOf('new'));
  news.published();
  assert.is(news.collect().blocks[0].aNumber, '1003', 'the one that was dropped had been collected');
  fixture.now += 60_001;
  news.blocked(blockOf('newest'));
  assert.equal(
    news.collect().blocks.map(({ aNumber }) => aNumber),
    ['newest'],
  );
  assert.is(news.blocksDropped, 4 + 9_001);
});

test.run();

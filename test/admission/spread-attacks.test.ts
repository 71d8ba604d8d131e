import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Delta, GRACE_MS, pass, SidecarFixture } from './sidecar-fixture.js';

const test = suite('admission/spread-attacks');

/** News of five callers to each of so many B-numbers, all of them now. */
function attacksOn(from: SidecarFixture, bNumbers: number, number = 1): Delta {
  const count = bNumbers * 5;
  const column = (at: (i: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => at(i));
  const observations = {
    count,
    bKeys: column((i) => 15550000000 + Math.floor(i / 5)),
    aKeys: column((i) => 2348030000000 + (i % 5)),
    timesMs: column(() => from.now),
    named: [],
  };
  return { from, number, news: { observations, blocks: [], incidents: [], rulesRevision: 0 } };
}

test('waits for a bounded number of attacks at a time, and counts those beyond it', () => {
  const [one, other] = [new SidecarFixture(), new SidecarFixture({ capacity: 60_000 })];
  other.hear(attacksOn(one, 10_002));
  assert.is(other.attacks.awaited, 10_000);
  assert.is(other.admission.state.counters.aftermathDropped, 2);
  pass([other], 2 * GRACE_MS);
  assert.is(other.attacks.awaited, 0);
  assert.is(other.admission.state.incidents.open, 10_000);
});

test('waits for nothing that follows from old news, which brings the incident with it', () => {
  const [one, other] = [new SidecarFixture(), new SidecarFixture()];
  other.hear(attacksOn(one, 1), true);
  assert.is(other.attacks.awaited, 0);
  other.call('+2348030000009', { bNumber: '+15550000000' });
  assert.is(other.opened, 1, 'its own next call is another matter');
});

test('opens at once what old news makes of its own newest call', () => {
  const [one, other] = [new SidecarFixture(), new SidecarFixture()];
  const news = attacksOn(one, 1);
  pass([other], 10);
  other.call('+2348030000009', { bNumber: '+15550000000' });
  assert.is(other.opened, 0);
  other.hear(news, true);
  assert.equal([other.opened, other.attacks.awaited], [1, 0]);
});

test('both open what both saw the newest call of, and neither does so twice', () => {
  const [one, other] = [new SidecarFixture(), new SidecarFixture()];
  for (const each of [one, other]) for (let i = 0; i < 3; i++) each.call(`${each === one ? 'A' : 'B'}${i}`);
  pass([one, other], 1);
  const deltas = [one.publish(), other.publish()] as const;
  one.hear(deltas[1]);
  other.hear(deltas[0]);
  one.hear({ ...deltas[1], number: 2 });
  assert.equal([one.opened, other.opened], [1, 1]);
});

test('goes by the threshold of the policy of B, whatever others think of it', () => {
  const [one, other] = [new SidecarFixture(), new SidecarFixture()];
  const scope = { kind: 'b-number', digits: '15550000000' } as const;
  other.admission.apply({ policies: [{ scope, terms: { threshold: 6 }, revision: 1 }] });
  other.hear(attacksOn(one, 1));
  assert.is(other.attacks.awaited, 0);
});

test.run();

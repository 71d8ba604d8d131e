import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTACK_NAMES } from '../../src/simulator/attack-patterns.js';
import { CPS_MAX, type PlannedCall, Traffic, type TrafficOptions } from '../../src/simulator/traffic.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';

const test = suite('simulator/traffic');

const OPTIONS: TrafficOptions = { cps: 100, attackIntervalMs: 5_000, attacks: ATTACK_NAMES, seed: 7 };

function callsOf(options: Partial<TrafficOptions>, seconds: number, stepMs = seconds * 1_000): PlannedCall[] {
  const traffic = new Traffic({ ...OPTIONS, ...options });
  const calls: PlannedCall[] = [];
  for (let ms = stepMs; ms <= seconds * 1_000; ms += stepMs)
    for (const call of traffic.until(ms)) calls.push(call);
  return calls;
}

test('the same seed gives the same calls, however the time is cut up', () => {
  assert.equal(callsOf({}, 60), callsOf({}, 60));
  assert.equal(callsOf({}, 60, 10), callsOf({}, 60, 1_000));
});

test('another seed gives other calls', () => {
  assert.not.equal(callsOf({}, 5), callsOf({ seed: 8 }, 5));
});

test('calls come in order, at the rate that was asked for, evenly', () => {
  const calls = callsOf({ cps: 5_000, attackIntervalMs: 0 }, 10, 10);
  assert.is(calls.length, 50_000);
  assert.ok(calls.every(({ atMs }, n) => n === 0 || atMs >= calls[n - 1].atMs));
  const perStep = new Map<number, number>();
  for (const { atMs } of calls)
    perStep.set(Math.floor(atMs / 10), (perStep.get(Math.floor(atMs / 10)) ?? 0) + 1);
  assert.ok(Math.max(...perStep.values()) <= 51, 'at most one more than its share in any 10 ms');
});

test('ordinary calls reach no B-number more than twice in five seconds, at the highest rate and at low ones', () => {
  for (const [cps, seconds] of [
    [CPS_MAX, 30],
    [1_000, 90],
    [10, 600],
  ]) {
    const latest = new Map<string, number[]>();
    for (const { bNumber, atMs } of callsOf({ cps, attackIntervalMs: 0 }, seconds)) {
      const times = [...(latest.get(bNumber) ?? []), atMs].filter((each) => each >= atMs - 5_000);
      assert.ok(times.length <= 2, `${times.length} calls to ${bNumber}`);
      latest.set(bNumber, times);
    }
  }
});

test('attacks take turns, each on a B-number of its own that nobody else calls', () => {
  const calls = callsOf({ attackIntervalMs: 2_000 }, 60);
  const attacks = [...new Set(calls.map(({ attack }) => attack))].filter((attack) => attack !== undefined);
  assert.is(attacks.length, 29);
  assert.equal(
    attacks.slice(0, ATTACK_NAMES.length + 1).map(({ pattern }) => pattern),
    [...ATTACK_NAMES, ATTACK_NAMES[0]],
  );
  assert.is(new Set(attacks.map(({ bNumber }) => bNumber)).size, attacks.length);
  const victims = new Set(attacks.map(({ bNumber }) => bNumber));
  for (const { attack, bNumber } of calls) if (attack === undefined) assert.not(victims.has(bNumber));
});

test('there are no attacks where none are wanted, and no ordinary calls at a rate of 0', () => {
  assert.is(callsOf({ attackIntervalMs: 0 }, 20).filter(({ attack }) => attack !== undefined).length, 0);
  assert.is(callsOf({ attacks: [] }, 20).filter(({ attack }) => attack !== undefined).length, 0);
  assert.is(callsOf({ cps: 0 }, 20).filter(({ attack }) => attack === undefined).length, 0);
});

test('admission detects every attack that it is to detect, and nothing else', () => {
  const fixture = new AdmissionFixture({ capacity: 100_000 });
  const startMs = fixture.now;
  const detected = new Set<string>();
  const expected = new Set<string>();
  for (const { atMs, attack, aNumber, bNumber, sourceIp } of callsOf(
    { cps: 1_000, attackIntervalMs: 1_000 },
    40,
  )) {
    fixture.now = startMs + Math.floor(atMs);
    const { decision } = fixture.check(aNumber, { bNumber, sourceIp: sourceIp! });
    if (decision === 'reject') detected.add(attack?.bNumber ?? `ordinary ${bNumber}`);
    if (attack !== undefined && !['slow-drip', 'rotating'].includes(attack.pattern))
      expected.add(attack.bNumber);
  }
  // The last ones may not be over yet.
  const last = [...expected].slice(0, -5);
  assert.ok(last.length > 20);
  for (const bNumber of last) assert.ok(detected.has(bNumber), bNumber);
  for (const bNumber of detected) assert.ok(expected.has(bNumber), bNumber);
});

test.run();

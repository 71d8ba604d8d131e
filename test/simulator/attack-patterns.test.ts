import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTACK_NAMES, ATTACK_PATTERNS, type AttackCall } from '../../src/simulator/attack-patterns.js';
import { SeededRandom } from '../../src/simulator/seeded-random.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';

const test = suite('simulator/attack-patterns');

const B_DIGITS = '2348090000001';
const WINDOW_MS = 5_000;
const THRESHOLD = 5;
/** What the network and a busy machine may do to the distance of two calls, in milliseconds. */
const JITTER_MS = 900;

const digitsOf = (number: string): string => number.replaceAll(/\D/g, '').replace(/^00/, '');

/** The most distinct A-numbers within any span of `windowMs`, both ends included. */
function mostCallers(calls: readonly AttackCall[], windowMs: number): number {
  const counts = calls.map(({ offsetMs }) => {
    const within = calls.filter(
      (other) => other.offsetMs <= offsetMs && other.offsetMs >= offsetMs - windowMs,
    );
    return new Set(within.map(({ aNumber }) => digitsOf(aNumber))).size;
  });
  return Math.max(...counts);
}

for (const name of ATTACK_NAMES) {
  const { calls, reachesThreshold } = ATTACK_PATTERNS[name];

  test(`${name} ${reachesThreshold ? 'reaches' : 'stays below'} five callers in five seconds, with some room`, () => {
    for (let seed = 0; seed < 200; seed++) {
      const planned = calls(B_DIGITS, new SeededRandom(seed));
      for (const windowMs of [WINDOW_MS - JITTER_MS, WINDOW_MS, WINDOW_MS + JITTER_MS])
        assert.is(mostCallers(planned, windowMs) >= THRESHOLD, reachesThreshold, `seed ${seed}`);
      for (const { bNumber } of planned) assert.is(digitsOf(bNumber), B_DIGITS);
    }
  });

  test(`${name} ${reachesThreshold ? 'is' : 'is not'} detected by admission`, () => {
    const fixture = new AdmissionFixture({ policy: { autoDisconnect: true } });
    const planned = [...calls(B_DIGITS, new SeededRandom(1))].sort(
      (one, other) => one.offsetMs - other.offsetMs,
    );
    const startMs = fixture.now;
    planned.forEach(({ offsetMs, aNumber, bNumber, sourceIp, callId }, n) => {
      fixture.now = startMs + offsetMs;
      const own = {
        bNumber,
        sourceIp,
        fromTag: `tag-${n}`,
        ...(callId === undefined ? undefined : { callId }),
      };
      fixture.intake.observe(fixture.attempt(aNumber, own), 'ringing');
      fixture.settle();
    });
    assert.is(fixture.alerts.filter(({ event }) => event === 'opened').length, reachesThreshold ? 1 : 0);
    assert.is(fixture.orders.length, reachesThreshold ? planned.length : 0, 'calls torn down');
  });
}

test('evasion spells both numbers differently each time, and has one Call-ID', () => {
  const planned = ATTACK_PATTERNS.evasion.calls(B_DIGITS, new SeededRandom(3));
  assert.is(new Set(planned.map(({ bNumber }) => bNumber)).size, planned.length);
  assert.is(new Set(planned.map(({ callId }) => callId)).size, 1);
});

test('distributed comes from as many addresses as there are calls', () => {
  const planned = ATTACK_PATTERNS.distributed.calls(B_DIGITS, new SeededRandom(3));
  assert.is(new Set(planned.map(({ sourceIp }) => sourceIp)).size, planned.length);
});

test.run();

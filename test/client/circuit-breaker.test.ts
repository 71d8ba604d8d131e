import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BREAKER_DEFAULTS, CircuitBreaker } from '../../src/client/circuit-breaker.js';

const breaker = suite('client/circuit-breaker');

const fail = (each: CircuitBreaker, times: number): boolean[] =>
  Array.from({ length: times }, () => each.recordFailure());

breaker('opens at the fifth failure in a row and says so once', () => {
  const each = new CircuitBreaker(BREAKER_DEFAULTS);
  assert.equal(fail(each, 6), [false, false, false, false, true, false]);
  assert.ok(each.open);
});

breaker('stays closed while successes come between failures', () => {
  const each = new CircuitBreaker(BREAKER_DEFAULTS);
  fail(each, 4);
  each.recordSuccess();
  fail(each, 4);
  assert.not(each.open);
});

breaker('closes on one success and needs as many failures to open again', () => {
  const each = new CircuitBreaker(BREAKER_DEFAULTS);
  fail(each, 5);
  each.recordSuccess();
  assert.not(each.open);
  assert.equal(fail(each, 5), [false, false, false, false, true]);
});

breaker('probes less and less often, within its bound', () => {
  const each = new CircuitBreaker(BREAKER_DEFAULTS, () => 1);
  const delays = Array.from({ length: 8 }, () => each.nextProbeDelayMs());
  assert.equal(delays, [20, 40, 80, 160, 320, 640, 1_000, 1_000]);
});

breaker.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FailedLogins } from '../../src/admission/failed-logins.js';

const test = suite('admission/failed-logins');

const TRY_MS = 6_000;
const TRIES_MAX = 10;
const ADDRESSES_MAX = 10_000;

/** Fails until the address may not try any more; how often that was. */
function exhaust(failed: FailedLogins, address: string, nowMs: number): number {
  for (let tries = 0; ; tries++) {
    if (!failed.mayTry(address, nowMs)) return tries;
    failed.count(address, nowMs);
  }
}

test('hears an address ten times at once, then once every six seconds', () => {
  const failed = new FailedLogins();
  assert.is(exhaust(failed, '192.0.2.7', 0), TRIES_MAX);
  assert.not.ok(failed.mayTry('192.0.2.7', TRY_MS - 1));
  assert.ok(failed.mayTry('192.0.2.7', TRY_MS));
  assert.is(exhaust(failed, '192.0.2.7', TRY_MS), 1);
  assert.is(exhaust(failed, '192.0.2.7', 100 * TRIES_MAX * TRY_MS), TRIES_MAX, 'never more than ten at once');
});

test('owes no address anything for what it tries while it may not', () => {
  const failed = new FailedLogins();
  exhaust(failed, '192.0.2.7', 0);
  for (let i = 0; i < 1_000; i++) failed.count('192.0.2.7', 0);
  assert.ok(failed.mayTry('192.0.2.7', TRY_MS), 'it waits six seconds, not hours');
});

test('agrees with a purse of six seconds for each try, whatever comes when', () => {
  // Times in eighths of a try: binary fractions, so that neither side rounds.
  const STEP_MS = TRY_MS / 8;
  const step = fc.record({
    waitedMs: fc.nat(100).map((steps) => (steps % 20) * STEP_MS),
    address: fc.constantFrom('192.0.2.7', '192.0.2.8', '2001:db8::1'),
    counts: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const failed = new FailedLogins();
      const purses = new Map<string, { ms: number; atMs: number }>();
      let nowMs = 0;
      for (const { waitedMs, address, counts } of steps) {
        nowMs += waitedMs;
        const before = purses.get(address) ?? { ms: TRIES_MAX * TRY_MS, atMs: nowMs };
        const ms = Math.min(TRIES_MAX * TRY_MS, before.ms + nowMs - before.atMs);
        assert.is(failed.mayTry(address, nowMs), ms >= TRY_MS);
        if (!counts) continue;
        failed.count(address, nowMs);
        purses.set(address, { ms: Math.max(0, ms - TRY_MS), atMs: nowMs });
      }
    }),
  );
});

test('takes the addresses of one IPv6 network for one, and others apart', () => {
  const failed = new FailedLogins();
  exhaust(failed, '2001:db8:1:2::1', 0);
  for (const same of ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0DB8:1:2::', '2001:db8:1:2::192.0.2.7'])
    assert.not.ok(failed.mayTry(same, 0), same);
  for (const other of ['2001:db8:1:3::1', '2001:db8::1', '::1', 'fe80::1%eth0', '192.0.2.7', ''])
    assert.ok(failed.mayTry(other, 0), other);
});

test('remembers as many addresses as fit, and forgets the one that failed longest ago', () => {
  const failed = new FailedLogins();
  exhaust(failed, 'first', 0);
  exhaust(failed, 'second', 0);
  failed.count('first', 0);
  for (let i = 0; i < ADDRESSES_MAX - 2; i++) failed.count(`10.0.${i >> 8}.${i & 255}`, 0);
  assert.not.ok(failed.mayTry('second', 0));
  failed.count('192.0.2.7', 0);
  assert.ok(failed.mayTry('second', 0), 'forgotten');
  assert.not.ok(failed.mayTry('first', 0), 'it failed later');
});

test.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Allowlist, type AllowlistEntry, type AllowlistScope } from '../../src/admission/allowlist.js';
import { HASH_MARK, RuleKeys } from '../../src/admission/rule-keys.js';
import { NumberKeys } from '../../src/detection/number-keys.js';

const test = suite('admission/allowlist');

function entry(scope: AllowlistScope, expiresMs = Number.POSITIVE_INFINITY): AllowlistEntry {
  return { scope, expiresMs };
}

const NUMBER_9: AllowlistScope = { kind: 'b-number', digits: '9' };

function allowlistOf(keys = new NumberKeys(), entriesMax = 1_000): Allowlist {
  return new Allowlist(keys, new RuleKeys(keys), entriesMax);
}

/** Which of the calls an entry of this scope covers. */
function coveredBy(
  scope: AllowlistScope,
  calls: readonly [a: string, b: string, ip: string, trunk: string][],
) {
  const keys = new NumberKeys();
  const allowlist = allowlistOf(keys);
  allowlist.set('id', entry(scope));
  return calls.map(([a, b, ip, trunk]) => {
    const [aKey, bKey] = [keys.acquire(a), keys.acquire(b)];
    const isCovered = allowlist.covers(aKey, bKey, ip, trunk, 0);
    assert.is(allowlist.match(aKey, bKey, ip, trunk, 0), isCovered ? 'id' : undefined);
    return isCovered;
  });
}

test('covers calls to a number, of a prefix, from a source, and by a trunk', () => {
  const calls: [string, string, string, string][] = [
    ['+2348031234567', '+442071838750', '192.0.2.7', 'london'],
    ['alice', 'bob', '2001:db8::1', ''],
    ['+2348091234567', '+442071838751', '', 'paris'],
  ];
  const scopes: [AllowlistScope, boolean[]][] = [
    [{ kind: 'b-number', digits: '442071838750' }, [true, false, false]],
    [{ kind: 'b-number', digits: 'bob' }, [false, true, false]],
    [{ kind: 'b-prefix', digits: '44207183875' }, [true, false, true]],
    [{ kind: 'b-prefix', digits: 'bo' }, [false, true, false]],
    [{ kind: 'a-prefix', digits: '234803' }, [true, false, false]],
    [{ kind: 'a-prefix', digits: 'alice' }, [false, true, false]],
    [{ kind: 'source', cidr: '192.0.2.0/24' }, [true, false, false]],
    [{ kind: 'source', cidr: '2001:db8::/32' }, [false, true, false]],
    [{ kind: 'trunk', name: 'paris' }, [false, false, true]],
  ];
  for (const [scope, expected] of scopes)
    assert.equal(coveredBy(scope, calls), expected, JSON.stringify(scope));
});

test('covers nothing once an entry has expired, is removed, or is replaced', () => {
  const allowlist = allowlistOf();
  assert.not.ok(allowlist.covers(1, 9, '', '', 0));
  allowlist.set('one', entry(NUMBER_9, 100));
  assert.equal([allowlist.covers(1, 9, '', '', 99), allowlist.covers(1, 9, '', '', 100)], [true, false]);
  allowlist.set('one', entry({ kind: 'b-number', digits: '8' }));
  assert.equal([allowlist.covers(1, 9, '', '', 0), allowlist.covers(1, 8, '', '', 0)], [false, true]);
  allowlist.remove('one');
  allowlist.remove('unknown');
  assert.equal([allowlist.covers(1, 8, '', '', 0), allowlist.size], [false, 0]);
});

test('honours each of several entries that cover the same', () => {
  const allowlist = allowlistOf();
  allowlist.set('short', entry(NUMBER_9, 100));
  allowlist.set('long', entry(NUMBER_9, 300));
  allowlist.set('middle', entry(NUMBER_9, 200));
  assert.is(allowlist.match(1, 9, '', '', 250), 'long');
  allowlist.remove('long');
  assert.equal(
    [199, 200].map((nowMs) => allowlist.match(1, 9, '', '', nowMs)),
    ['middle', undefined],
  );
});

test('covers a caller by prefixes of A alone', () => {
  const keys = new NumberKeys();
  const allowlist = allowlistOf(keys);
  const alice = keys.acquire('alice');
  allowlist.set('b', entry({ kind: 'b-prefix', digits: 'alice' }));
  assert.not.ok(allowlist.coversCaller(alice, 0));
  allowlist.set('a', entry({ kind: 'a-prefix', digits: 'al' }, 100));
  assert.equal([allowlist.coversCaller(alice, 99), allowlist.coversCaller(alice, 100)], [true, false]);
});

test('knows a B-number by its fingerprint with privacy, and prefixes by live digits', () => {
  const keys = new NumberKeys();
  const allowlist = new Allowlist(keys, new RuleKeys(keys, (canonical) => `${HASH_MARK}<${canonical}>`));
  allowlist.set('exact', entry({ kind: 'b-number', digits: 'h:<9>' }));
  allowlist.set('prefix', entry({ kind: 'b-prefix', digits: '23' }));
  assert.equal(
    [9, 234, 8].map((bKey) => allowlist.match(1, bKey, '', '', 0)),
    ['exact', 'prefix', undefined],
  );
  allowlist.clear();
  assert.is(keys.kept, 0);
});

test('takes no more entries than it has room for, and counts them', () => {
  const allowlist = allowlistOf(new NumberKeys(), 2);
  for (const digits of ['1', '2', '3']) allowlist.set(digits, entry({ kind: 'b-number', digits }));
  allowlist.set('2', entry({ kind: 'b-number', digits: '4' }));
  assert.equal(
    [1, 2, 3, 4].map((bKey) => allowlist.covers(5, bKey, '', '', 0)),
    [true, false, false, true],
  );
  assert.equal([allowlist.size, allowlist.overflows], [2, 1]);
});

test('forgets what has expired a slice at a time, and everything within a minute or two', () => {
  const allowlist = allowlistOf();
  for (let i = 0; i < 600; i++)
    allowlist.set(`id-${i}`, entry({ kind: 'trunk', name: `t${i % 7}` }, i % 2 === 0 ? 100 : 200));
  allowlist.sweep(100);
  assert.is(allowlist.size, 595);
  for (let i = 0; i < 120; i++) allowlist.sweep(100);
  assert.is(allowlist.size, 300);
});

const digits = fc.constantFrom('1', '12', '123', '124', 'al', 'alice');
const scope: fc.Arbitrary<AllowlistScope> = fc.oneof(
  fc.record({ kind: fc.constantFrom('b-number', 'b-prefix', 'a-prefix'), digits }),
  fc.record({ kind: fc.constant('source'), cidr: fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '::1') }),
  fc.record({ kind: fc.constant('trunk'), name: fc.constantFrom('x', 'y') }),
);
const change = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'remove', 'sweep'),
  id: fc.constantFrom('p', 'q', 'r', 's', 't'),
  scope,
  expiresMs: fc.integer({ min: 1, max: 50 }),
});
const call = fc.record({
  a: digits,
  b: digits,
  ip: fc.constantFrom('', '10.1.2.3', '10.2.0.1', '::1'),
  trunk: fc.constantFrom('', 'x'),
  nowMs: fc.integer({ min: 0, max: 60 }),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

function isCovered(each: AllowlistScope, { a, b, ip, trunk }: Call): boolean {
  switch (each.kind) {
    case 'b-number':
      return b === each.digits;
    case 'b-prefix':
      return b.startsWith(each.digits);
    case 'a-prefix':
      return a.startsWith(each.digits);
    case 'trunk':
      return trunk === each.name;
    case 'source':
      return each.cidr === '::1' ? ip === '::1' : ip.startsWith(each.cidr === '10.0.0.0/8' ? '10.' : '10.1.');
  }
}

test('agrees with a search through all entries', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 30 }),
      fc.array(call, { minLength: 1, maxLength: 20 }),
      (changes, calls) => {
        const keys = new NumberKeys();
        const allowlist = allowlistOf(keys);
        const expected = new Map<string, AllowlistEntry>();
        let sweptMs = 0;
        for (const each of changes) {
          if (each.kind === 'sweep') {
            allowlist.sweep(each.expiresMs);
            sweptMs = Math.max(sweptMs, each.expiresMs);
          } else if (each.kind === 'remove') {
            allowlist.remove(each.id);
            expected.delete(each.id);
          } else {
            allowlist.set(each.id, entry(each.scope, each.expiresMs));
            expected.set(each.id, entry(each.scope, each.expiresMs));
          }
        }
        for (const each of calls) {
          const nowMs = Math.max(each.nowMs, sweptMs);
          const [aKey, bKey] = [keys.acquire(each.a), keys.acquire(each.b)];
          const ids = [...expected]
            .filter(([, listed]) => listed.expiresMs > nowMs && isCovered(listed.scope, each))
            .map(([id]) => id);
          const match = allowlist.match(aKey, bKey, each.ip, each.trunk, nowMs);
          assert.is(allowlist.covers(aKey, bKey, each.ip, each.trunk, nowMs), ids.length > 0);
          assert.ok(match === undefined ? ids.length === 0 : ids.includes(match));
          keys.release(aKey);
          keys.release(bKey);
        }
        allowlist.clear();
        assert.is(keys.kept, 0);
      },
    ),
    { numRuns: 1_000 },
  );
});

test.run();

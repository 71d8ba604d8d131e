import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WindowOracle } from '../detection/window-oracle.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/check-call');

const decisions = (checked: { decision: string; reason: string }[]): string[] =>
  checked.map(({ decision, reason }) => `${decision} ${reason}`);

test('rejects the fifth caller of one number, and everyone after it, whoever calls', () => {
  const fixture = new AdmissionFixture();
  const checked = fixture.attack(6);
  assert.equal(decisions(checked), [...Array(4).fill('allow none'), 'reject masking', 'reject masking']);
  assert.equal(
    checked.map(({ distinctACount }) => distinctACount),
    [1, 2, 3, 4, 5, 6],
  );
  assert.is(checked[4].answer.status, 608);
  assert.is(checked[3].answer.status, 0);
  assert.is(fixture.check('+2348030000000').decision, 'reject', 'a caller who was let through before');
});

test('lets five callers through who take more than five seconds', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 5; i++) {
    assert.is(fixture.check(`A00${i}`).decision, 'allow');
    fixture.now += 1_251; // the fifth comes 5,004 ms after the first
  }
});

test('counts the caller at the far end of the window', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(4);
  fixture.now += 5_000;
  assert.is(fixture.check('A').decision, 'reject');
  fixture.now += 1;
  assert.is(fixture.check('A', { bNumber: '1' }).decision, 'allow');
});

test('lets one caller call as often as it likes', () => {
  const fixture = new AdmissionFixture();
  const checked = Array.from({ length: 9 }, () => fixture.check('+2348031234567'));
  assert.ok(checked.every(({ decision }) => decision === 'allow'));
  assert.is(checked[8].distinctACount, 1);
  assert.is(checked[8].callCount, 9);
});

test('sees one caller behind every way of writing a number', () => {
  const nigeria = {
    name: 'lagos',
    sources: ['10.0.0.0/8'],
    country: 'NG',
    trustIdentity: false,
    trustDiversion: false,
    rejectProfile: '603' as const,
  };
  const fixture = new AdmissionFixture({ trunks: [nigeria] });
  const spellings = [
    '+2348031234567',
    '002348031234567',
    '08031234567',
    '2348031234567',
    '0803-123-4567',
    '+234 (803) 123.4567',
  ];
  for (const aNumber of spellings) assert.is(fixture.check(aNumber).distinctACount, 1, aNumber);
  for (const bNumber of ['+2348099999999', '08099999999'])
    assert.is(fixture.check('A', { bNumber }).distinctACount, 2, bNumber);
});

test('gives a repeated attempt the same verdict and counts it once', () => {
  const fixture = new AdmissionFixture();
  const first = fixture.check('A000', { callId: 'same' });
  for (let i = 1; i < 5; i++) fixture.check(`A00${i}`);
  const again = fixture.check('A000', { callId: 'same' });
  assert.equal(again, first);
  assert.is(fixture.state.counters.repeats, 1);
  const rejected = fixture.check('A005', { callId: 'other' });
  assert.equal(fixture.check('A005', { callId: 'other' }), rejected);
});

test('remembers an attempt for 32 seconds, and for as long as its call lives', () => {
  const fixture = new AdmissionFixture();
  fixture.check('A000', { callId: 'forgotten' });
  fixture.check('A001', { callId: 'held' });
  fixture.report('A001', 'held');
  fixture.now += 32_000;
  assert.is(fixture.check('A000', { callId: 'forgotten' }).callCount, 1);
  assert.is(fixture.state.counters.repeats, 1);
  fixture.now += 3_600_000;
  fixture.check('A009');
  assert.is(fixture.check('A000', { callId: 'forgotten' }).callCount, 2, 'a new attempt after the time');
  assert.is(fixture.state.counters.repeats, 1);
  assert.is(fixture.check('A001', { callId: 'held' }).callCount, 2);
  assert.is(fixture.state.counters.repeats, 2);
});

test('tells attempts apart that share a Call-ID but not A, B or From-tag', () => {
  const fixture = new AdmissionFixture();
  const checked = Array.from({ length: 5 }, (_, i) => fixture.check(`A00${i}`, { callId: 'reused' }));
  assert.is(checked[4].decision, 'reject');
  fixture.check('A000', { callId: 'reused', fromTag: 'another' });
  assert.is(fixture.state.counters.repeats, 0);
});

test('does not take one name for another when a name is forgotten and the Call-ID used again', () => {
  const fixture = new AdmissionFixture();
  fixture.check('A000', { callId: 'reused' });
  fixture.now += 6_000; // the window has forgotten A000
  assert.is(fixture.check('A999', { callId: 'reused' }).distinctACount, 1);
  assert.is(fixture.state.counters.repeats, 0);
});

test('counts each request without a Call-ID as an attempt of its own', () => {
  const fixture = new AdmissionFixture();
  fixture.check('A', { callId: '' });
  assert.is(fixture.check('A', { callId: '' }).callCount, 2);
});

test('always allows an exempt number, raises the alert, and blocks nobody', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  const checked = fixture.attack(7, { bNumber: '112' });
  fixture.settle();
  assert.ok(checked.every(({ decision, reason }) => decision === 'allow' && reason === 'exempt'));
  assert.is(checked[6].severity, 'high');
  assert.equal(
    fixture.alerts.map(({ event, notice }) => `${event} ${notice.effect}`),
    ['opened exempt'],
  );
  assert.is(fixture.state.blocks.size, 0);
});

test('knows an emergency by its URN, by what the call says, and however malformed the caller is', () => {
  const fixture = new AdmissionFixture();
  for (const bNumber of ['urn:service:sos', 'URN:service:sos.fire', '+112', '000']) {
    assert.is(fixture.check('A', { bNumber }).reason, 'exempt', bNumber);
  }
  assert.is(fixture.check('A', { emergency: true }).reason, 'exempt');
  assert.is(fixture.check('x'.repeat(10_000), { bNumber: '112' }).reason, 'exempt');
  assert.is(fixture.check('A', { bNumber: 'urn:service:sosx' }).reason, 'none');
});

test('recognises an exempt number as it is dialled on a trunk with a country', () => {
  const nigeria = {
    name: 'lagos',
    sources: ['10.0.0.0/8'],
    country: 'NG',
    trustIdentity: false,
    trustDiversion: false,
    rejectProfile: '608' as const,
  };
  const fixture = new AdmissionFixture({ trunks: [nigeria] });
  assert.is(fixture.check('A', { bNumber: '0800112233' }).reason, 'exempt');
  assert.is(fixture.check('A', { bNumber: '112' }).reason, 'exempt');
});

test('names the field that is malformed and counts nothing', () => {
  const fixture = new AdmissionFixture();
  const bad: [string, object][] = [
    ['b_number', { bNumber: '' }],
    ['b_number', { bNumber: '1'.repeat(129) }],
    ['b_number', { bNumber: '1\n2' }],
    ['a_number', { aNumber: '1'.repeat(10_000) }],
    ['a_number', { aNumber: 'a\u0000' }],
    ['call_id', { callId: 'c'.repeat(513) }],
    ['from_tag', { fromTag: '\t' }],
    ['trunk', { trunk: 't'.repeat(65) }],
    ['switch_id', { switchId: '\u007f' }],
    ['b_number', { bNumber: '1\u0085' }],
    ['source_ip', { sourceIp: 'example' }],
  ];
  for (const [field, overrides] of bad) {
    assert.throws(() => fixture.check('A', overrides), new RegExp(`^${field}: `), field);
  }
  assert.is(fixture.state.window.livePairs, 0);
  assert.is(fixture.state.keys.kept, 0);
});

test('keeps an allowlisted call out of the window', () => {
  const fixture = new AdmissionFixture();
  fixture.state.allowlist.set('entry', {
    scope: { kind: 'a-prefix', digits: '234803' },
    expiresMs: fixture.now + 1_000,
  });
  const checked = fixture.attack(9);
  assert.ok(checked.every(({ decision, reason }) => decision === 'allow' && reason === 'allowlisted'));
  assert.is(fixture.check('A').distinctACount, 1);
  fixture.now += 1_000;
  assert.is(fixture.check('+2348030000000').reason, 'none', 'expired');
});

test('says that it is degraded for a window after it had to evict', () => {
  const fixture = new AdmissionFixture({ capacity: 3 });
  for (let i = 0; i < 3; i++) assert.equal(fixture.check(`A${i}`).degradedCauses, []);
  assert.equal(fixture.check('A3').degradedCauses, ['capacity']);
  fixture.now += 5_000;
  assert.equal(fixture.check('A3').degradedCauses, ['capacity']);
  fixture.now += 1;
  assert.equal(fixture.check('A3').degradedCauses, []);
});

test('says that it is degraded, and how old its knowledge is, while a peer is missing', () => {
  const fixture = new AdmissionFixture();
  const { peers } = fixture;
  peers.linkIs('reconciled', fixture.now);
  peers.alive({ id: 'x', name: 'x' }, fixture.now, fixture.now);
  fixture.now += 40;
  const fresh = fixture.check('A1', { callId: 'same' });
  assert.equal([fresh.degradedCauses, fresh.stateAgeMs], [[], 40]);
  fixture.now += 961;
  const stale = fixture.check('A2', { callId: 'other' });
  assert.equal([stale.degradedCauses, stale.stateAgeMs], [['peer-missing'], 1_001]);
  fixture.now += 9;
  const repeated = fixture.check('A2', { callId: 'other' });
  assert.equal([repeated.degradedCauses, repeated.stateAgeMs], [['peer-missing'], 1_010]);
  fixture.book.clear();
  assert.equal(fixture.check('A3').degradedCauses, ['blocks-not-loaded', 'peer-missing']);
});

test('says how old its knowledge is whatever the verdict', () => {
  const fixture = new AdmissionFixture({ policy: { autoBlock: true } });
  fixture.peers.linkIs('away', fixture.now);
  fixture.attack(5);
  fixture.settle();
  fixture.now += 70;
  const verdicts = [
    fixture.check('A1'),
    fixture.check('+2348030000001'),
    fixture.check('A2', { bNumber: '112' }),
    fixture.check('x'.repeat(10_000), { bNumber: '112' }),
  ];
  assert.equal(
    verdicts.map(({ reason, stateAgeMs }) => [reason, stateAgeMs]),
    [
      ['masking', 70],
      ['blocked', 70],
      ['exempt', 70],
      ['exempt', 70],
    ],
  );
});

test('counts what other sidecars saw', () => {
  const fixture = new AdmissionFixture();
  const bKey = fixture.state.keys.acquire('+2348099999999');
  fixture.state.window.advance(fixture.now);
  for (let a = 1; a <= 4; a++) fixture.state.window.merge(bKey, a, fixture.now);
  const checked = fixture.check('A5');
  assert.is(checked.decision, 'reject');
  assert.is(checked.distinctACount, 5);
  assert.is(checked.callCount, 1, 'calls are those that this sidecar saw');
});

test('holds no name once everything has been forgotten', () => {
  const fixture = new AdmissionFixture();
  for (let i = 0; i < 20; i++)
    fixture.check(`alice-${i}`, { bNumber: `bob-${i % 3}`, callId: i % 2 === 0 ? '' : `c${i}` });
  fixture.settle();
  fixture.now += 40_000;
  fixture.check('1', { bNumber: '2', sourceIp: '' });
  fixture.sweep();
  assert.equal(fixture.state.keys.kept, 1, 'only the empty source address of the last call');
});

test('agrees with the rule by brute force on random histories of calls', () => {
  const call = fc.record({
    a: fc.integer({ min: 0, max: 9 }),
    b: fc.integer({ min: 0, max: 2 }),
    id: fc.integer({ min: 0, max: 60 }),
    advanceMs: fc.oneof(fc.constantFrom(0, 1, 999, 1_000, 5_000), fc.integer({ min: 0, max: 3_000 })),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 100 }), (history) => {
      const fixture = new AdmissionFixture();
      const oracle = new WindowOracle();
      const seen = new Map<string, { atMs: number; decision: string }>();
      for (const { a, b, id, advanceMs } of history) {
        fixture.now += advanceMs;
        const identity = `${id} ${a} ${b}`;
        const known = seen.get(identity);
        const checked = fixture.check(`caller-${a}`, { bNumber: `20${b}`, callId: `id-${id}` });
        if (known !== undefined && fixture.now - known.atMs <= 32_000) {
          assert.is(checked.decision, known.decision);
          continue;
        }
        oracle.record(b, a, 0, fixture.now, true);
        const distinct = oracle.distinct(b, fixture.now, 5_000);
        assert.is(checked.distinctACount, distinct);
        assert.is(checked.callCount, oracle.callCount(b, fixture.now, 5_000));
        assert.is(checked.decision, distinct >= 5 ? 'reject' : 'allow');
        seen.set(identity, { atMs: fixture.now, decision: checked.decision });
      }
    }),
    { numRuns: 300 },
  );
});

test.run();

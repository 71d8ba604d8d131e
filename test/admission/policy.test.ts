import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nameOfScope, Policies } from '../../src/admission/policy.js';
import { RuleKeys } from '../../src/admission/rule-keys.js';
import { AdmissionFixture, B, POLICY } from './admission-fixture.js';

const test = suite('admission/policy');

const decisions = (checked: { decision: string; reason: string }[]): string[] =>
  checked.map(({ decision, reason }) => `${decision} ${reason}`);

test('counts callers who hide their number as the policy says', () => {
  const distinctOf = (anonymousCallers: 'per-source' | 'one' | 'ignore'): number[] => {
    const fixture = new AdmissionFixture({ policy: { anonymousCallers } });
    return ['10.0.0.1', '10.0.0.2', '10.0.0.1'].map(
      (sourceIp, i) => fixture.check(['anonymous', '', 'Restricted'][i], { sourceIp }).distinctACount,
    );
  };
  assert.equal(distinctOf('per-source'), [1, 2, 2]);
  assert.equal(distinctOf('one'), [1, 1, 1]);
  assert.equal(distinctOf('ignore'), [0, 0, 0]);
});

test('rejects a caller who does not count while the number is under attack', () => {
  const fixture = new AdmissionFixture({ policy: { anonymousCallers: 'ignore' } });
  fixture.attack(5);
  assert.is(fixture.check('anonymous').decision, 'reject');
});

test('observes in shadow what it would have rejected, and touches nothing', () => {
  const fixture = new AdmissionFixture({
    policy: { enforcement: 'shadow', autoBlock: true, autoDisconnect: true },
  });
  fixture.report('A', 'earlier');
  const checked = fixture.attack(6);
  fixture.settle();
  assert.equal(decisions(checked.slice(4)), ['observe masking', 'observe masking']);
  assert.is(checked[5].answer.status, 0);
  assert.is(fixture.state.blocks.size, 0);
  assert.is(fixture.orders.length, 0);
  assert.equal(
    fixture.alerts.map(({ notice }) => notice.effect),
    ['observing'],
  );
});

const number = { kind: 'b-number', digits: '2348099999999' } as const;
const prefix = (digits: string) => ({ kind: 'b-prefix', digits }) as const;
const trunkNamed = (name: string) => ({ kind: 'trunk', name }) as const;

test('applies the policy of the number, then of the trunk, then of the longest prefix', () => {
  const fixture = new AdmissionFixture();
  const { policies } = fixture.state;
  policies.set(prefix('23480'), { threshold: 40 }, 1);
  policies.set(prefix('2348'), { threshold: 30 }, 2);
  policies.set(trunkNamed('carrier'), { threshold: 20, windowMs: 1_000 }, 3);
  policies.set(number, { threshold: 10, enforcement: 'shadow' }, 4);
  const thresholdFor = (bNumber: string, trunk: string): number =>
    fixture.check('A', { bNumber, trunk }).threshold;
  assert.is(thresholdFor(B, 'carrier'), 10);
  assert.is(thresholdFor('+2348011111111', 'carrier'), 20);
  assert.is(thresholdFor('+2348011111111', ''), 40);
  assert.is(thresholdFor('+2348111111111', ''), 30);
  assert.is(thresholdFor('+15551234567', ''), 5);
  assert.is(policies.enforcement, 'shadow');
  assert.equal([...policies.windowsMs].sort(), [1_000, 5_000]);
});

test('takes what an override does not say from the default, also when the default changes later', () => {
  const { policies, keys } = new AdmissionFixture().state;
  policies.set(prefix('234'), { threshold: 9 }, 1);
  const bKey = keys.acquire('+2348099999999');
  assert.equal([policies.find(bKey, '').threshold, policies.find(bKey, '').cooldownMs], [9, 30_000]);
  policies.set({ kind: 'default' }, { cooldownMs: 60_000, threshold: 7 }, 2);
  assert.equal([policies.find(bKey, '').threshold, policies.find(bKey, '').cooldownMs], [9, 60_000]);
  assert.equal([policies.fallback.threshold, policies.fallback.revision], [7, 2]);
  assert.equal(policies.defaultTerms, { cooldownMs: 60_000, threshold: 7 }, 'what is stored, and no more');
  policies.remove({ kind: 'default' });
  assert.equal([policies.fallback.threshold, policies.fallback.revision], [5, 0]);
  policies.remove(prefix('234'));
  assert.is(policies.find(bKey, '').threshold, 5);
});

test('turns everything to shadow at one switch, and back to what the policies say', () => {
  const fixture = new AdmissionFixture();
  const { policies } = fixture.state;
  policies.set(number, { threshold: 3, enforcement: 'enforce' }, 1);
  policies.switchOff(true);
  assert.equal(decisions(fixture.attack(3)).at(-1), 'observe masking');
  assert.is(policies.enforcement, 'shadow');
  policies.switchOff(false);
  assert.is(fixture.check('+15550000001').decision, 'reject');
  assert.is(policies.enforcement, 'enforce');
});

test('keeps the window lengths and the shadows of what is in force, whatever was replaced or removed', () => {
  const scopes = [number, prefix('2'), prefix('23'), trunkNamed('t'), { kind: 'default' } as const];
  const step = fc.record({
    scope: fc.constantFrom(...scopes),
    windowMs: fc.constantFrom(undefined, 1_000, 2_000, 3_000),
    enforcement: fc.constantFrom(undefined, 'enforce' as const, 'shadow' as const),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const { policies } = new AdmissionFixture().state;
      const model = new Map<string, { windowMs?: number; enforcement?: string }>();
      for (const { scope, windowMs, enforcement, remove } of steps) {
        const terms = {
          ...(windowMs === undefined ? {} : { windowMs }),
          ...(enforcement === undefined ? {} : { enforcement }),
        };
        const name = nameOfScope(scope);
        if (remove) policies.remove(scope);
        else policies.set(scope, terms, 1);
        if (remove) model.delete(name);
        else model.set(name, terms);
      }
      const fallback = model.get('default') ?? {};
      model.delete('default');
      const windows = new Set([
        fallback.windowMs ?? 5_000,
        ...[...model.values()].flatMap(({ windowMs }) => windowMs ?? []),
      ]);
      assert.equal([...policies.windowsMs].sort(), [...windows].sort());
      const shadow = [fallback, ...model.values()].some(({ enforcement }) => enforcement === 'shadow');
      assert.is(policies.enforcement, shadow ? 'shadow' : 'enforce');
      assert.is(policies.overrides, model.size);
    }),
  );
});

test('takes no more overrides than there is room for, and says so', () => {
  const { keys } = new AdmissionFixture().state;
  const policies = new Policies(POLICY, keys, new RuleKeys(keys), 2);
  for (const digits of ['1', '2', '3']) policies.set(prefix(digits), { threshold: 9 }, 1);
  assert.equal([policies.overrides, policies.overflows], [2, 1]);
  policies.set(prefix('1'), { threshold: 8 }, 2);
  assert.equal([policies.overrides, policies.overflows], [2, 1], 'one that replaces another needs no room');
  policies.clear();
  assert.equal([policies.overrides, policies.find(keys.acquire('1234567'), '').threshold], [0, 5]);
});

test('finds the policy of a number by its fingerprint', () => {
  const fixture = new AdmissionFixture({
    fingerprint: (text) => (text.startsWith('h:') ? text : `h:${text}!`),
  });
  fixture.state.policies.set({ kind: 'b-number', digits: 'h:2348099999999!' }, { threshold: 2 }, 1);
  assert.equal(decisions(fixture.attack(2)), ['allow none', 'reject masking']);
  assert.is(fixture.check('A', { bNumber: '+15551234567' }).threshold, 5);
});

test('never rejects a repeated attempt when its policy has come to shadow meanwhile', () => {
  const fixture = new AdmissionFixture();
  fixture.attack(4);
  assert.is(fixture.check('A', { callId: 'same' }).decision, 'reject');
  fixture.state.policies.set(number, { enforcement: 'shadow' }, 1);
  const again = fixture.check('A', { callId: 'same' });
  assert.is(again.decision, 'observe');
  assert.is(again.answer.status, 0);
});

test.run();

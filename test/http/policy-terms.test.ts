import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkTerms } from '../../src/admission/rule-input.js';
import { termsBody, termsOf, termsSchema } from '../../src/http/policy-terms.js';

const test = suite('http/policy-terms');

const anyTerms = fc.record(
  {
    window_seconds: fc.integer({ min: 1, max: 300 }),
    threshold: fc.integer({ min: 2, max: 100 }),
    cooldown_seconds: fc.integer({ min: 1, max: 86_400 }),
    enforcement: fc.constantFrom('enforce' as const, 'shadow' as const),
    auto_block: fc.boolean(),
    block_duration_hours: fc.integer({ min: 1, max: 8_760 }),
    auto_disconnect: fc.boolean(),
    anonymous_callers: fc.constantFrom('per-source' as const, 'one' as const, 'ignore' as const),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test('gives terms back as they were set, and leaves open what was left open', () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      assert.equal(termsBody(termsOf(terms)), terms);
    }),
  );
});

test('takes what admission takes', () => {
  fc.assert(
    fc.property(anyTerms, (terms) => {
      if (Object.keys(terms).length > 0) checkTerms(termsOf(termsSchema.parse(terms)));
    }),
  );
});

test('refuses what admission refuses', () => {
  for (const [field, value] of [
    ['window_seconds', 0],
    ['window_seconds', 301],
    ['threshold', 1],
    ['threshold', 101],
    ['cooldown_seconds', 86_401],
    ['block_duration_hours', 8_761],
    ['block_duration_hours', 0.5],
  ] as const) {
    assert.not(termsSchema.safeParse({ [field]: value }).success, field);
    assert.throws(() => checkTerms(termsOf({ [field]: value })), new RegExp(`^${field}: `));
  }
});

test.run();

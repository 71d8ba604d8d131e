import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { InvalidFieldError } from '../../src/errors.js';
import { exactlyOne, givenTime } from '../../src/http/given-values.js';

const test = suite('http/given-values');

test('takes a time with any offset, to the millisecond', () => {
  for (const text of [
    '2026-11-22T03:14:07.250Z',
    '2026-11-22T04:14:07.250+01:00',
    '2026-11-21T22:14:07.250-05:00',
  ])
    assert.is(givenTime.parse(text).toISOString(), '2026-11-22T03:14:07.250Z', text);
});

test('takes nothing else for a time, nor one that could not be written down again', () => {
  for (const text of [
    '',
    'now',
    '2026-11-22',
    '2026-11-22T03:14:07',
    '2026-02-29T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '0000-12-31T23:59:59Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])
    assert.not(givenTime.safeParse(text).success, text);
  assert.not(givenTime.safeParse(1_763_000_000).success);
});

const SCOPE = z.strictObject({ a: z.string().optional(), b: z.string().optional() }).superRefine(
  exactlyOne(({ a }: { a?: string | undefined }) => {
    if (a === 'bad') throw new InvalidFieldError('a', 'is bad');
  }),
);
const complaintsAbout = (value: object) =>
  (z.object({ scope: SCOPE }).safeParse({ scope: value }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

test('takes exactly one of several fields', () => {
  assert.equal(complaintsAbout({ a: 'good' }), []);
  for (const wrong of [{}, { a: 'x', b: 'y' }])
    assert.equal(complaintsAbout(wrong), ['scope: takes exactly one of its fields']);
});

test('puts what admission finds wrong in its place', () => {
  assert.equal(complaintsAbout({ a: 'bad' }), ['scope.a: is bad']);
});

test('does not take a defect for a complaint', () => {
  const broken = z.object({ a: z.string() }).superRefine(
    exactlyOne(() => {
      throw new TypeError('a defect');
    }),
  );
  assert.throws(
    () => broken.safeParse({ a: 'x' }),
    (error: Error) => error instanceof TypeError,
  );
});

test.run();

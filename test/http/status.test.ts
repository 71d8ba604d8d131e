import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError, type AcmErrorCode, InvalidFieldError } from '../../src/errors.js';
import { problemSchema } from '../../src/http/problem.js';
import { problemOf } from '../../src/http/status.js';

const test = suite('http/status');

const EXPECTED: readonly (readonly [AcmErrorCode, number])[] = [
  ['ACM_INVALID_ARGUMENT', 422],
  ['ACM_CONFIG', 500],
  ['ACM_UNAVAILABLE', 503],
  ['ACM_NOT_FOUND', 404],
  ['ACM_CONFLICT', 409],
  ['ACM_FORBIDDEN', 403],
  ['ACM_UNAUTHENTICATED', 401],
  ['ACM_RATE_LIMITED', 429],
  ['ACM_STORE_UNAVAILABLE', 503],
  ['ACM_STORE_REFUSED', 500],
];

test('gives every code its status', () => {
  for (const [code, status] of EXPECTED) assert.is(problemOf(new AcmError(code, 'why')).status, status, code);
});

test('says why, unless it is a defect of ours', () => {
  for (const [code, status] of EXPECTED) {
    const { detail } = problemOf(new AcmError(code, 'why', { cause: new Error('within') }));
    if (status === 500) assert.match(detail, 'internal error');
    else assert.is(detail, 'why');
  }
});

test('names the field of an InvalidFieldError', () => {
  assert.equal(problemOf(new InvalidFieldError('b_number', 'is empty')), {
    type: 'about:blank',
    title: 'Unprocessable Entity',
    status: 422,
    detail: 'b_number: is empty',
    errors: [{ field: 'b_number', detail: 'is empty' }],
  });
});

test('puts into its own words what Fastify refuses', () => {
  for (const statusCode of [400, 413, 415, 431]) {
    const problem = problemOf(Object.assign(new Error('secret'), { statusCode }));
    assert.is(problem.status, statusCode);
    assert.not.match(problem.detail, 'secret');
  }
});

test('takes anything else for a defect', () => {
  const thrown = [
    new TypeError('secret'),
    Object.assign(new Error('secret'), { statusCode: 200 }),
    Object.assign(new Error('secret'), { statusCode: 'secret' }),
    'secret',
    undefined,
  ];
  for (const each of thrown) {
    const problem = problemOf(each);
    assert.is(problem.status, 500);
    assert.not.match(JSON.stringify(problem), 'secret');
    assert.ok(problemSchema.safeParse(problem).success);
  }
});

test.run();

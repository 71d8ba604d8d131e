import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError, ConfigError, InvalidFieldError } from '../../src/errors.js';
import { grpcErrorOf } from '../../src/grpc/status.js';

const test = suite('grpc/status');

test('names the field of a bad request', () => {
  assert.equal(grpcErrorOf(new InvalidFieldError('b_number', 'is empty')), {
    code: status.INVALID_ARGUMENT,
    details: 'b_number: is empty',
  });
});

test('says which errors may pass by themselves', () => {
  assert.is(grpcErrorOf(new AcmError('ACM_UNAVAILABLE', 'away')).code, status.UNAVAILABLE);
  assert.is(grpcErrorOf(new ConfigError(['X: y'])).code, status.FAILED_PRECONDITION);
});

test('keeps a cause off the wire', () => {
  const error = new AcmError('ACM_UNAVAILABLE', 'away', { cause: new Error('password=secret') });
  assert.not.match(JSON.stringify(grpcErrorOf(error)), 'secret');
});

test('says nothing about a defect of its own', () => {
  const refused = new AcmError(
    'ACM_STORE_REFUSED',
    'the database in /var/lib refuses a statement (SQLSTATE 22008)',
  );
  for (const defect of [new TypeError('x is undefined at +2348031234567'), 'text', undefined, refused]) {
    assert.equal(grpcErrorOf(defect), {
      code: status.INTERNAL,
      details: 'internal error; see the log of the sidecar',
    });
  }
});

test.run();

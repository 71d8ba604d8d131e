import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { actionWithoutVerdict, causeOf, isRequestAtFault } from '../../src/client/check-outcome.js';
import { Enforcement } from '../../src/gen/acm/v1/detection.js';

const outcome = suite('client/check-outcome');

outcome('tells a slow sidecar from an absent one and from one that errs', () => {
  assert.is(causeOf(status.DEADLINE_EXCEEDED), 'deadline');
  assert.is(causeOf(status.UNAVAILABLE), 'unavailable');
  assert.is(causeOf(status.CANCELLED), 'unavailable');
  assert.is(causeOf(status.INVALID_ARGUMENT), 'error');
  assert.is(causeOf(status.INTERNAL), 'error');
});

outcome('blames the request for INVALID_ARGUMENT only', () => {
  assert.ok(isRequestAtFault(status.INVALID_ARGUMENT));
  assert.not(isRequestAtFault(status.INTERNAL));
});

outcome('rejects without a verdict only where calls are known to be rejected', () => {
  assert.is(actionWithoutVerdict('reject', Enforcement.ENFORCE), 'reject');
  assert.is(actionWithoutVerdict('reject', Enforcement.SHADOW), 'allow');
  assert.is(actionWithoutVerdict('reject', Enforcement.UNSPECIFIED), 'allow');
  assert.is(actionWithoutVerdict('allow', Enforcement.ENFORCE), 'allow');
});

outcome.run();

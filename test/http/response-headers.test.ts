import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { requestIdOf } from '../../src/http/response-headers.js';

const test = suite('http/response-headers');

const idFor = (given: string | undefined): string =>
  requestIdOf({ headers: given === undefined ? {} : { 'x-request-id': given } });

test('keeps the id that a client gave its request', () => {
  for (const given of ['1', 'a.b:c_d-e', 'x'.repeat(128)]) assert.is(idFor(given), given);
});

test('makes an id where there is none that may go into a log', () => {
  for (const given of [undefined, '', 'x'.repeat(129), 'a b', 'a\nb', '<script>', 'ü'])
    assert.match(idFor(given), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { type Complaint, InvalidRequestError } from '../../src/http/invalid-request.js';

const test = suite('http/invalid-request');

const input = z.object({
  query: z.object({ minutes: z.coerce.number().max(5) }),
  body: z.strictObject({ events: z.array(z.object({ b_number: z.string() })) }),
});

function complaintsOf(query: unknown, body: unknown): readonly Complaint[] {
  const { error } = input.safeParse({ query, body });
  return new InvalidRequestError(error?.issues ?? []).complaints;
}

test('names a field as it stands in the request', () => {
  const complaints = complaintsOf({ minutes: '6' }, { events: [{ b_number: '1' }, { b_number: 1 }] });
  assert.equal(
    complaints.map(({ field }) => field),
    ['minutes', 'events[1].b_number'],
  );
  assert.is(complaints[1].detail, 'expected string, received number');
});

test('names the part of the request where all of it is wrong', () => {
  assert.is(complaintsOf({ minutes: 1 }, undefined)[0].field, 'body');
  assert.is(complaintsOf({ minutes: 1 }, [])[0].field, 'body');
});

test('names what is not known', () => {
  assert.equal(complaintsOf({ minutes: 1 }, { events: [], thresold: 5 }), [
    { field: 'thresold', detail: 'is not known here' },
  ]);
});

test('complains 20 times at the most', () => {
  assert.is(complaintsOf({ minutes: 1 }, { events: Array(1_000).fill(7) }).length, 20);
});

test('says everything in its message', () => {
  const { error } = input.safeParse({ query: { minutes: 1 }, body: { events: 7 } });
  assert.is(new InvalidRequestError(error?.issues ?? []).message, 'events: expected array, received number');
});

test.run();

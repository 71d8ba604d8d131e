import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { failureOf, LumaFailure } from '../../src/reconcile/luma-failure.js';
import { PUBLISH } from '../../src/reconcile/luma-statements.js';
import { type ProbeOutcome, probeStorage } from '../../src/reconcile/storage-probe.js';

const probe = suite('reconcile/storage-probe');

const SELF = { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'one' };
const RECEIPT = { sequence: 7, stored_at_ms: 1_800_000_000_000, epoch: 'e' };

function answer(result: unknown, contentType = 'application/json'): QueryResponse {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return { success: true, error: '', result: Buffer.from(text), rowsAffected: 0, contentType };
}

/** @param readBack is given what was written, in base64. */
function probing(
  published: QueryResponse,
  readBack: (delta: string, payload: string) => QueryResponse,
): Promise<ProbeOutcome> {
  let delta = '';
  let nowMs = 0;
  const luma = {
    execute: async (query: string, payload: Buffer) => {
      if (query !== PUBLISH) return readBack(delta, payload.toString());
      delta = payload.toString('base64');
      return published;
    },
    follow: () => assert.unreachable() as never,
    renew: () => undefined,
    close: () => undefined,
  };
  return probeStorage(luma, () => nowMs++, SELF);
}

const whole = (delta: string): QueryResponse => answer([{ delta }]);

probe('is stored when the very same bytes come back, by the sequence that was answered', async () => {
  for (const sequence of [7, '7']) {
    const outcome = await probing(answer([{ ...RECEIPT, sequence }]), (delta, payload) => {
      assert.is(payload, '[7]');
      return whole(delta);
    });
    assert.ok(outcome.stored);
    assert.equal(outcome.receipt, {
      sequence: 7,
      storedAtMs: RECEIPT.stored_at_ms,
      epoch: 'e',
      sentMs: 0,
      receivedMs: 1,
    });
  }
});

const BAD: readonly (readonly [string, QueryResponse, (delta: string) => QueryResponse, RegExp])[] = [
  ['there are no rows', answer([]), whole, /success with no rows/],
  ['there is nothing', answer(''), whole, /success with no rows/],
  ['there are two rows', answer([RECEIPT, RECEIPT]), whole, /rows that were not asked for/],
  ['the row is another', answer([{ _id: 1 }]), whole, /rows that were not asked for/],
  ['there is no epoch', answer([{ ...RECEIPT, epoch: '' }]), whole, /rows that were not asked for/],
  ['the sequence is none', answer([{ ...RECEIPT, sequence: -1.5 }]), whole, /rows that were not asked for/],
  ['the answer is no JSON', answer('{"a'), whole, /no JSON/],
  ['the answer is no list', answer({ a: 1 }), whole, /something else than rows/],
  ['the answer is of another type', answer([RECEIPT], 'text/html'), whole, /something else than rows/],
  ['it is not there', answer([RECEIPT]), () => answer([]), /not there when it is read back/],
  ['it has no bytes', answer([RECEIPT]), () => answer([{}]), /rows that were not asked for/],
  [
    'it lacks its end',
    answer([RECEIPT]),
    (delta) => whole(delta.slice(0, -4)),
    /rows that were not asked for/,
  ],
  [
    'it has a twin',
    answer([RECEIPT]),
    (delta) => answer([{ delta }, { delta }]),
    /rows that were not asked for/,
  ],
];

for (const [what, published, readBack, words] of BAD) {
  probe(`is not stored when ${what}`, async () => {
    const outcome = await probing(published, readBack);
    assert.not(outcome.stored);
    assert.match('found' in outcome ? outcome.found : '', words);
  });
}

probe('says nothing of a store that cannot be asked', async () => {
  const failing = (): never => {
    throw failureOf({ code: status.UNAVAILABLE, details: 'gone' });
  };
  let failure: unknown;
  await probing(answer([RECEIPT]), failing).catch((error) => {
    failure = error;
  });
  assert.instance(failure, LumaFailure);
});

probe.run();

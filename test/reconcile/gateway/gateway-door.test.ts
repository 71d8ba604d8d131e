import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mintToken } from '../../../src/admission/access-token.js';
import type { AcmError } from '../../../src/errors.js';
import { GatewayDoor } from '../../../src/reconcile/gateway/gateway-door.js';

const test = suite('reconcile/gateway/gateway-door');

const [one, other] = [mintToken(), mintToken()];

function codeOf(door: GatewayDoor, address: string, authorization?: string): string {
  try {
    door.admit(address, authorization);
    return '';
  } catch (error) {
    return (error as AcmError).code;
  }
}

test('lets everybody in while there are no tokens', () => {
  const door = new GatewayDoor([], () => 0);
  assert.is(codeOf(door, '192.0.2.1'), '');
  assert.is(codeOf(door, '192.0.2.1', 'Bearer nonsense'), '');
});

test('lets in by any of its tokens, and by nothing else', () => {
  const door = new GatewayDoor([one.hash, other.hash], () => 0);
  for (const { token } of [one, other]) assert.is(codeOf(door, '192.0.2.1', `Bearer ${token}`), '');
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    `Basic ${one.token}`,
    `Bearer ${one.token}x`,
    one.token,
  ])
    assert.is(codeOf(door, '192.0.2.1', authorization), 'ACM_UNAUTHENTICATED');
  assert.is(door.refused, 6);
});

test('slows down an address that fails too often, but not who has a token', () => {
  let nowMs = 0;
  const door = new GatewayDoor([one.hash], () => nowMs);
  for (let guess = 0; guess < 10; guess++) assert.is(codeOf(door, '192.0.2.1'), 'ACM_UNAUTHENTICATED');
  assert.is(codeOf(door, '192.0.2.1'), 'ACM_RATE_LIMITED');
  assert.is(codeOf(door, '192.0.2.2'), 'ACM_UNAUTHENTICATED');
  assert.is(codeOf(door, '192.0.2.1', `Bearer ${one.token}`), '');
  assert.is(door.limited, 1);
  nowMs = 60_000;
  assert.is(codeOf(door, '192.0.2.1'), 'ACM_UNAUTHENTICATED');
});

test.run();

import { Metadata } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Doorkeeper } from '../../src/admission/doorkeeper.js';
import type { AcmError } from '../../src/errors.js';
import { Door, type DoorKind, type IncomingCall } from '../../src/grpc/door.js';
import { MemoryTokenStore } from '../support/memory-access.js';

const test = suite('grpc/door');

function callFrom(peer: string, authorization = ''): IncomingCall {
  const metadata = new Metadata();
  if (authorization !== '') metadata.set('authorization', authorization);
  return { metadata, getPeer: () => peer, getAuthContext: () => ({}) };
}

/** '' for a call that may read policies. */
function codeOf(kind: DoorKind, call: IncomingCall, tokens = new MemoryTokenStore()): string {
  try {
    new Door(kind, new Doorkeeper(tokens.tokens, [], () => 1_000_000)).admit(call, 'policy:read');
    return '';
  } catch (error) {
    return (error as AcmError).code;
  }
}

test('lets everyone on the machine in, however the address is written', () => {
  for (const peer of ['127.0.0.1:40312', '127.8.9.10:1', '::1:40312', '::ffff:127.0.0.1:40312'])
    assert.is(codeOf('tcp', callFrom(peer)), '', peer);
});

test('asks everyone else who they are', () => {
  for (const peer of [
    '192.0.2.7:40312',
    '10.0.0.1:1',
    '2001:db8::1:443',
    '::ffff:192.0.2.7:40312',
    '0.0.0.0:1',
  ])
    assert.is(codeOf('tcp', callFrom(peer)), 'ACM_UNAUTHENTICATED', peer);
});

test('is not taken in by an address that only looks like loopback', () => {
  for (const peer of ['1270.0.0.1:1', '127.0.0.1.example:1', '2001:db8::127:1', 'localhost.example:1', '::1'])
    assert.is(codeOf('tcp', callFrom(peer)), 'ACM_UNAUTHENTICATED', peer);
});

test('does not know who a TCP connection was that is gone, and needs no address at the other doors', () => {
  assert.is(codeOf('tcp', callFrom('unknown')), 'ACM_UNAUTHENTICATED');
  assert.is(codeOf('unix-socket', callFrom('unknown')), '');
  assert.is(codeOf('loopback', callFrom('unknown')), '');
});

test('knows a token from anywhere, in either case of the word before it, and no other', () => {
  const tokens = new MemoryTokenStore();
  const token = tokens.issue(['policy:read']);
  for (const word of ['Bearer', 'bearer', 'BEARER '])
    assert.is(codeOf('tcp', callFrom('192.0.2.7:1', `${word} ${token}`), tokens), '', word);
  for (const text of [
    `Basic ${token}`,
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    'Bearer',
    'Bearer a b',
  ])
    for (const kind of ['tcp', 'loopback', 'unix-socket'] as const)
      assert.is(codeOf(kind, callFrom('192.0.2.7:1', text), tokens), 'ACM_UNAUTHENTICATED', text);
});

test('takes a certificate for granted only where one was asked for', () => {
  assert.is(codeOf('tcp', { ...callFrom('192.0.2.7:1'), getAuthContext: certified }), 'ACM_UNAUTHENTICATED');
  assert.is(codeOf('mutual-tls', { ...callFrom('192.0.2.7:1'), getAuthContext: certified }), 'ACM_FORBIDDEN');
});

const certified = () =>
  ({ sslPeerCertificate: { subject: { CN: 'sbc-1' } } }) as ReturnType<IncomingCall['getAuthContext']>;

test.run();

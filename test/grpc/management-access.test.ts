import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import { checkMayManage, type Door } from '../../src/grpc/management-access.js';

const test = suite('grpc/management-access');

function isRefused(door: Door, peer: string): boolean {
  try {
    checkMayManage(door, peer);
    return false;
  } catch (error) {
    assert.instance(error, AcmError);
    assert.is((error as AcmError).code, 'ACM_FORBIDDEN');
    return true;
  }
}

test('lets everyone on the machine manage, however the address is written', () => {
  for (const peer of ['127.0.0.1:40312', '127.8.9.10:1', '::1:40312', '::ffff:127.0.0.1:40312'])
    assert.not(isRefused('tcp', peer), peer);
});

test('refuses everyone else', () => {
  for (const peer of [
    '192.0.2.7:40312',
    '10.0.0.1:1',
    '2001:db8::1:443',
    '::ffff:192.0.2.7:40312',
    '0.0.0.0:1',
  ])
    assert.ok(isRefused('tcp', peer), peer);
});

test('is not taken in by an address that only looks like loopback', () => {
  for (const peer of ['1270.0.0.1:1', '127.0.0.1.example:1', '2001:db8::127:1', 'localhost.example:1', '::1'])
    assert.ok(isRefused('tcp', peer), peer);
});

test('refuses a TCP connection that is gone, whose address nobody knows', () => {
  for (const peer of ['unknown', '']) assert.ok(isRefused('tcp', peer), peer);
});

test('lets whoever comes by the UNIX socket, or with a certificate, manage', () => {
  assert.not(isRefused('unix-socket', 'unknown'));
  assert.not(isRefused('mutual-tls', '192.0.2.7:40312'));
});

test('says what whoever is refused can do', () => {
  assert.throws(() => checkMayManage('tcp', '192.0.2.7:1'), /ACM_GRPC_SOCKET.*ACM_TLS_CLIENT_CA/);
});

test.run();

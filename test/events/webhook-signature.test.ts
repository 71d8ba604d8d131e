import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signatureOf } from '../../src/events/webhook-signature.js';

const test = suite('events/webhook-signature');

/** HMAC-SHA256 by somebody else. */
function opensslHmac(secret: string, text: string): string {
  const output = execFileSync('openssl', ['dgst', '-sha256', '-hmac', secret], {
    input: text,
    encoding: 'utf8',
  });
  return output.trim().replace(/^.*= /, '');
}

test('is what openssl makes of the timestamp and the body', () => {
  const [secret, body] = ['a secret of the receiver', '{"b_number":"2348099999999","notes":"žluťoučký 📞"}'];
  assert.is(signatureOf(secret, 1_764_000_000, body), `v1=${opensslHmac(secret, `1764000000.${body}`)}`);
});

test('changes with the secret, the timestamp and the body', () => {
  const one = signatureOf('sixteen characters', 1, 'body');
  for (const other of [
    signatureOf('sixteen characterS', 1, 'body'),
    signatureOf('sixteen characters', 2, 'body'),
    signatureOf('sixteen characters', 1, 'Body'),
  ])
    assert.is.not(one, other);
});

test.run();

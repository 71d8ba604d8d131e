import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientTokenOf } from '../../sidecar/config-slices.js';
import { loadConfig } from '../../src/config.js';
import { ConfigError } from '../../src/errors.js';
import { makeCertificates } from '../support/certificates.js';

const test = suite('sidecar/config-slices');

const ACM_TOKEN = `acm_5d3c6f6e3c0b_${'x'.repeat(43)}`;

function mistakesAt(address: string, env: Record<string, string> = {}): readonly string[] {
  const config = loadConfig({ ACM_TOKEN, ACM_SIDECAR_ADDRESS: address, ...env });
  try {
    assert.is(clientTokenOf(config), ACM_TOKEN);
    return [];
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).mistakes;
  }
}

test('shows a token in the clear on this machine only, unless that is wanted', () => {
  for (const here of ['127.0.0.1:50051', 'localhost:50051', '[::1]:50051', 'unix:/run/acm.sock'])
    assert.equal(mistakesAt(here), [], here);
  for (const elsewhere of [
    '192.0.2.7:50051',
    'sidecar.example:50051',
    'localhost.example:1',
    '[2001:db8::1]:1',
  ]) {
    const [mistake = '', ...more] = mistakesAt(elsewhere);
    assert.match(mistake, `ACM_TOKEN: would go to ${elsewhere} in the clear; set ACM_CLIENT_TLS_CA`);
    assert.equal(more, []);
    assert.not.match(mistake, ACM_TOKEN);
    assert.equal(mistakesAt(elsewhere, { ACM_ALLOW_PLAINTEXT: 'true' }), []);
  }
});

test('shows a token over TLS to anybody whose certificate holds', () => {
  const certificates = makeCertificates();
  try {
    assert.equal(mistakesAt('192.0.2.7:50051', { ACM_CLIENT_TLS_CA: certificates.ca }), []);
  } finally {
    certificates.remove();
  }
});

test('has nothing to say against an address where there is no token', () => {
  assert.is(clientTokenOf(loadConfig({ ACM_SIDECAR_ADDRESS: '192.0.2.7:50051' })), '');
});

test.run();

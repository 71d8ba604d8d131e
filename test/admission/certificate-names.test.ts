import { X509Certificate } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificateNames } from '../../src/admission/certificate-names.js';
import { makeCertificates, pem } from '../support/certificates.js';

const test = suite('admission/certificate-names');

test('takes the common name, DNS names and URIs, each once', () => {
  assert.equal(
    certificateNames({
      subject: { CN: 'sbc-1' },
      subjectaltname:
        'DNS:sbc-1, DNS:sbc-1.example, IP Address:192.0.2.7, URI:spiffe://example/sbc-1, email:a@example',
    }),
    ['sbc-1', 'sbc-1.example', 'spiffe://example/sbc-1'],
  );
  assert.equal(certificateNames({ subject: { CN: ['one', 'two'] } }), ['one', 'two']);
});

test('finds none where there are none', () => {
  assert.equal(certificateNames({}), []);
  assert.equal(certificateNames({ subject: {}, subjectaltname: '' }), []);
  assert.equal(certificateNames({ subjectaltname: 'IP Address:127.0.0.1' }), []);
});

test('is not led to a name within a name', () => {
  // Node quotes a name that holds a comma or a quote (CVE-2021-44532).
  assert.equal(certificateNames({ subjectaltname: 'DNS:"evil.example, DNS:sbc-1"' }), []);
  assert.equal(certificateNames({ subjectaltname: 'DNS:"evil.example\\u002c DNS:sbc-1", DNS:b' }), ['b']);
  assert.equal(certificateNames({ subjectaltname: 'othername:DNS:sbc-1, email:DNS:sbc-1' }), []);
});

test('keeps a long name whole: cut, it could pass for another', () => {
  const name = 'a'.repeat(64);
  assert.equal(certificateNames({ subjectaltname: `DNS:${name}.evil.example` }), [`${name}.evil.example`]);
});

test('reads what Node makes of a real certificate', () => {
  const certificates = makeCertificates();
  try {
    const server = new X509Certificate(pem(certificates.server.cert)).toLegacyObject();
    assert.equal(certificateNames(server), ['server', 'localhost']);
  } finally {
    certificates.remove();
  }
});

test.run();

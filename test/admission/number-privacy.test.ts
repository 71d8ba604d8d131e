import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashedNumbers, plainNumbers } from '../../src/admission/number-privacy.js';

const test = suite('admission/number-privacy');

test('gives one number one fingerprint, which only the key leads to', () => {
  const [one, other] = [hashedNumbers('key of sixteen chars'), hashedNumbers('another key of 16 chars')];
  assert.is(one('2348031234567'), one('2348031234567'));
  assert.is.not(one('2348031234567'), other('2348031234567'));
  assert.is.not(one('2348031234567'), one('2348031234568'));
  assert.match(one('2348031234567'), /^h:[\w-]{22}$/);
});

test('is HMAC-SHA256, cut to 128 bits (computed by openssl)', () => {
  // printf 2348031234567 | openssl dgst -sha256 -hmac 'key of sixteen chars' -binary | head -c 16 | basenc --base64url
  assert.is(hashedNumbers('key of sixteen chars')('2348031234567'), 'h:3DDLDMxID27spV2cvt_Z6A');
});

test('leaves what is a fingerprint, or no number, as it is', () => {
  const conceal = hashedNumbers('key of sixteen chars');
  assert.is(conceal(conceal('2348031234567')), conceal('2348031234567'));
  assert.equal([conceal('anonymous'), conceal('')], ['anonymous', '']);
});

test('leaves numbers as they are where that is wanted', () => {
  assert.is(plainNumbers('2348031234567'), '2348031234567');
});

test.run();

import { createHmac } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError, type AcmErrorCode } from '../../src/errors.js';
import { SignedRequests } from '../../src/events/signed-requests.js';
import { signatureOf } from '../../src/events/webhook-signature.js';

const test = suite('events/signed-requests');

const SECRET = 'a secret of 16 or more';
const NOW_S = 1_790_000_000;
const BODY = Buffer.from('{"event_type":"fraud_detected"}');
const requests = new SignedRequests(SECRET, () => NOW_S * 1_000);

function own(timestamp: number, secret = SECRET, body: Buffer | string = BODY) {
  return { 'acm-timestamp': String(timestamp), 'acm-signature': signatureOf(secret, timestamp, body) };
}

function plain(secret = SECRET, body = BODY) {
  return { 'x-webhook-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

function refused(
  headers: Record<string, string | string[]>,
  body: Buffer | undefined = BODY,
  code: AcmErrorCode = 'ACM_UNAUTHENTICATED',
  by = requests,
): void {
  try {
    by.check(headers, body);
  } catch (error) {
    assert.instance(error, AcmError);
    assert.is((error as AcmError).code, code);
    return;
  }
  assert.unreachable(`${JSON.stringify(headers)} was taken`);
}

test('takes what is signed as our own webhooks are, as bytes or as text, for five minutes', () => {
  for (const timestamp of [NOW_S, NOW_S - 300, NOW_S + 300]) requests.check(own(timestamp), BODY);
  requests.check(own(NOW_S, SECRET, BODY.toString()), BODY);
});

test('takes a signature over the body alone from those who have no timestamp', () => {
  requests.check(plain(), BODY);
});

test('refuses what was signed too long ago, or will be: somebody sends it again', () => {
  for (const timestamp of [NOW_S - 301, NOW_S + 301]) {
    refused(own(timestamp));
    refused(own(timestamp), undefined);
  }
});

test('refuses another secret, another body, another time, and what is no signature', () => {
  const other = Buffer.from('{"event_type":"fraud_cleared"}');
  refused(own(NOW_S, 'another secret of 16'));
  refused(own(NOW_S), other);
  refused({ ...own(NOW_S), 'acm-timestamp': String(NOW_S - 1) });
  refused(plain('another secret of 16'));
  refused(plain(), other);
  for (const signature of ['', 'v1=', 'v1=00', 'sha256=', '\u0000', 'v1='.padEnd(67, 'é')]) {
    refused({ 'acm-timestamp': String(NOW_S), 'acm-signature': signature });
    refused({ 'x-webhook-signature': signature });
  }
  for (const timestamp of ['', 'now', '-1', '1e9', '9'.repeat(400)])
    refused({ ...own(NOW_S), 'acm-timestamp': timestamp });
});

test('a signature over the body alone does not stand in for a timestamped one that is wrong', () => {
  refused({ ...plain(), 'acm-timestamp': String(NOW_S), 'acm-signature': 'v1=00' });
  refused({ ...plain(), 'acm-signature': own(NOW_S)['acm-signature'] });
});

test('refuses who does not sign before the body is read', () => {
  refused({}, undefined);
  refused({ 'x-webhook-signature': ['a', 'b'] }, undefined);
  requests.check(plain('another secret of 16'), undefined);
});

test('takes nothing where there is no secret, however it is signed', () => {
  const without = new SignedRequests('', () => NOW_S * 1_000);
  refused(plain(''), BODY, 'ACM_NOT_FOUND', without);
  refused(own(NOW_S, ''), BODY, 'ACM_NOT_FOUND', without);
  refused({}, undefined, 'ACM_NOT_FOUND', without);
});

test.run();

import { createRequire } from 'node:module';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { registerStatusCodes } from '../../src/sip/status-codes.js';

const codes = suite('sip/status-codes');

codes('makes drachtio-srf know every status, and leaves what it knew', () => {
  registerStatusCodes();
  const srf = createRequire(createRequire(import.meta.url).resolve('drachtio-srf'));
  const phrases: Record<number, string> = srf('sip-status');
  assert.is(phrases[608], 'Rejected');
  assert.is(phrases[607], 'Unwanted');
  assert.is(phrases[486], 'Busy Here');
  for (let status = 101; status <= 699; status++) assert.ok(phrases[status], String(status));
});

codes.run();

/**
 * Makes drachtio-srf able to send every SIP status. Its table (the package sip-status) ends in 2015: without 607
 * (RFC 8197) and 608 (RFC 8688) `res.send(608)` throws, and a callee's answer that is not listed could not be relayed.
 */
import { createRequire } from 'node:module';

const REGISTERED: Readonly<Record<number, string>> = { 607: 'Unwanted', 608: 'Rejected' };

/** An unknown status means what x00 of its class means (RFC 3261, section 8.1.3.2). */
const CLASS_PHRASES = [
  '',
  'Progress',
  'OK',
  'Redirection',
  'Request Failure',
  'Server Failure',
  'Global Failure',
];

/** Completes the table in the very module instance that drachtio-srf resolves. Doing so again changes nothing. */
export function registerStatusCodes(): void {
  const require = createRequire(import.meta.url);
  const requireAsSrf = createRequire(require.resolve('drachtio-srf'));
  const phrases: Record<number, string> = requireAsSrf('sip-status');
  for (let status = 101; status <= 699; status++) {
    phrases[status] ??= REGISTERED[status] ?? CLASS_PHRASES[Math.floor(status / 100)] ?? '';
  }
}

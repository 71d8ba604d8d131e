/** Signatures of webhooks: whoever has the secret can tell who sent a body, and when. */
import { createHmac } from 'node:crypto';

/**
 * `v1=` and the HMAC-SHA256 (RFC 2104) over `<timestamp>.<body>`, in hex. The timestamp is part of it, so that whoever has
 * overheard a request cannot send it again later.
 * @param timestampSeconds of the UNIX epoch.
 */
export function signatureOf(secret: string, timestampSeconds: number, body: string | Buffer): string {
  const hmac = createHmac('sha256', secret).update(`${timestampSeconds}.`).update(body);
  return `v1=${hmac.digest('hex')}`;
}

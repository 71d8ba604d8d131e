/** Requests that come in signed, as our own webhooks go out: from whoever has the secret, and just now. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestHeaders, RequestSignatures } from '../admission/webhook-ports.js';
import { AcmError } from '../errors.js';
import { signatureOf } from './webhook-signature.js';

/** How far the timestamp of a request may be from now, in seconds: for clocks that differ, and against replays. */
const AGE_S_MAX = 300;

export class SignedRequests implements RequestSignatures {
  /**
   * @param secret '' for none: nobody can sign then.
   * @param nowMs the wall clock.
   */
  constructor(
    private readonly secret: string,
    private readonly nowMs: () => number,
  ) {}

  /**
   * Takes `acm-signature` with `acm-timestamp`, as webhooks of the sidecar have them. From systems that have no timestamp it
   * takes `x-webhook-signature`: `sha256=` and the HMAC-SHA256 over the body in hex; such a request can be sent again by
   * whoever has overheard it.
   */
  check(headers: RequestHeaders, body: Buffer | undefined): void {
    if (this.secret === '')
      throw new AcmError('ACM_NOT_FOUND', 'no webhook is taken here: FRAUD_WEBHOOK_SECRET is not set');
    const own = headers['acm-signature'];
    const given = own ?? headers['x-webhook-signature'];
    if (typeof given !== 'string')
      throw refusal('it is not signed: it takes acm-signature with acm-timestamp, or x-webhook-signature');
    const timestamp = own === undefined ? undefined : this.#timestampOf(headers);
    if (body === undefined) return;
    const expected =
      timestamp === undefined
        ? `sha256=${createHmac('sha256', this.secret).update(body).digest('hex')}`
        : signatureOf(this.secret, timestamp, body);
    if (!isSame(given, expected)) throw refusal('its signature is not that of its body');
  }

  #timestampOf({ 'acm-timestamp': given }: RequestHeaders): number {
    const timestamp = typeof given === 'string' && /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
    if (Math.abs(this.nowMs() / 1_000 - timestamp) <= AGE_S_MAX) return timestamp;
    throw refusal(`acm-timestamp: takes the UNIX time of now in seconds, within ${AGE_S_MAX} s`);
  }
}

/** In constant time: how much of a guess is right must not be measurable. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function refusal(because: string): AcmError {
  return new AcmError('ACM_UNAUTHENTICATED', `who sends this? ${because}`);
}

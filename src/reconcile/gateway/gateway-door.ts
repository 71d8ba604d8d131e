/** Who may use the gateway. A client certificate, where one is asked for, has been verified before anybody gets here. */
import { hash, timingSafeEqual } from 'node:crypto';
import { FailedLogins } from '../../admission/failed-logins.js';
import { AcmError } from '../../errors.js';

const BEARER = /^bearer +(\S+) *$/i;

export class GatewayDoor {
  readonly #hashes: readonly Buffer[];
  readonly #failed = new FailedLogins();
  #refused = 0;
  #limited = 0;

  /** @param hashes SHA-256 of whole tokens, hexadecimal; without any nobody needs one. */
  constructor(
    hashes: readonly string[],
    private readonly nowMs: () => number,
  ) {
    this.#hashes = hashes.map((each) => Buffer.from(each, 'hex'));
  }

  /** Callers without a token that is known, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Those of them whose address had failed too often before. */
  get limited(): number {
    return this.#limited;
  }

  /**
   * A token that is known gets in however often others from its address have failed.
   * @throws AcmError ACM_UNAUTHENTICATED, or ACM_RATE_LIMITED for an address that has failed too often.
   */
  admit(address: string, authorization: string | undefined): void {
    if (this.#hashes.length === 0) return;
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token !== undefined && this.#isKnown(token)) return;
    this.#refused++;
    const nowMs = this.nowMs();
    const mayTry = this.#failed.mayTry(address, nowMs);
    this.#failed.count(address, nowMs);
    if (mayTry)
      throw new AcmError(
        'ACM_UNAUTHENTICATED',
        token === undefined ? 'it takes a token (authorization: Bearer acm_...)' : 'the token is not known',
      );
    this.#limited++;
    throw new AcmError(
      'ACM_RATE_LIMITED',
      'too many callers from this address had no token that is known: look at LUMADB_GRPC_TOKEN',
    );
  }

  /** Looks at all of them, so that the time it takes tells nothing. */
  #isKnown(token: string): boolean {
    const digest = hash('sha256', token, 'buffer');
    let known = false;
    for (const each of this.#hashes) if (timingSafeEqual(each, digest)) known = true;
    return known;
  }
}

/**
 * Where phone numbers are not to be stored as they are, the store gets them sealed: AES-256-GCM (NIST SP 800-38D) with a key
 * by HKDF-SHA256 (RFC 5869). Each life of a sidecar has a key of its own, so that random nonces do not meet.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AcmError } from '../errors.js';

const CIPHER = 'aes-256-gcm';
const INFO = 'acm window delta';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FIELD_BYTES = 8;
/** Keys of so many sidecars are kept; the one that was made first goes. */
const KEYS_MAX = 1_024;

/** What of a delta is not sealed, and must be what it was when the rest was. */
export interface SealedHead {
  readonly sidecarId: Buffer;
  readonly number: number;
  readonly sentAtMs: number;
}

/** Seals and opens what sidecars with the same secret tell each other. */
export class Seal {
  readonly #keys = new Map<string, Buffer>();

  /** @param secret the text that all of them were given. */
  constructor(private readonly secret: string) {}

  /** @returns nonce, ciphertext, tag. */
  seal(plain: Uint8Array, { sidecarId, number, sentAtMs }: SealedHead): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(sidecarId), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo({ sidecarId, number, sentAtMs }));
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws AcmError ACM_FORBIDDEN for what was sealed with another secret, or has been changed. */
  open(sealed: Buffer, { sidecarId, number, sentAtMs }: SealedHead): Buffer {
    const tagAt = sealed.length - TAG_BYTES;
    if (tagAt < NONCE_BYTES) throw new AcmError('ACM_FORBIDDEN', 'the sealed part is cut off');
    const key = this.#keyOf(sidecarId);
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(boundTo({ sidecarId, number, sentAtMs }));
    decipher.setAuthTag(sealed.subarray(tagAt));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()]);
    } catch (cause) {
      throw new AcmError('ACM_FORBIDDEN', 'it was sealed with another ACM_NUMBER_PRIVACY_KEY', { cause });
    }
  }

  #keyOf(sidecarId: Buffer): Buffer {
    const name = sidecarId.toString('latin1');
    const kept = this.#keys.get(name);
    if (kept !== undefined) return kept;
    const key = Buffer.from(hkdfSync('sha256', this.secret, sidecarId, INFO, KEY_BYTES));
    if (this.#keys.size >= KEYS_MAX) this.#keys.delete(this.#keys.keys().next().value!);
    this.#keys.set(name, key);
    return key;
  }
}

/** A sealed part is worth nothing in another delta, nor at another time. */
function boundTo({ sidecarId, number, sentAtMs }: SealedHead): Buffer {
  const fields = Buffer.alloc(2 * FIELD_BYTES);
  fields.writeBigUInt64BE(BigInt(number));
  fields.writeBigInt64BE(BigInt(sentAtMs), FIELD_BYTES);
  return Buffer.concat([sidecarId, fields]);
}

/**
 * drachtio-server (0.9.10) keeps what it reads from an application in a buffer of 12,228 bytes. A longer frame never fits,
 * and from then on the connection is dead without being closed. It takes no SIP message of that size itself, but a
 * response is put together from two: a caller and a callee with 8 kB of header each could silence the agent.
 */
import { createRequire } from 'node:module';

const FRAME_BYTES_MAX = 12_228;
/** What drachtio-srf puts before a payload: its length, `#`, a UUID and `|`. */
const FRAME_HEAD_BYTES = 6 + 36 + 1;

type Send = (socket: unknown, payload: string) => string;

/**
 * Makes drachtio-srf drop frames that are too long. Whoever waits for an answer to one has a deadline.
 * @param dropped told of each, with its length in bytes.
 */
export function limitFrames(dropped: (bytes: number) => void): void {
  const require = createRequire(import.meta.url);
  const prototype: { send: Send & { limited?: true } } = require('drachtio-srf/lib/wire-protocol').prototype;
  const { send } = prototype;
  if (send.limited) return;
  const limited: Send = function (this: unknown, socket, payload) {
    const bytes = Buffer.byteLength(payload) + FRAME_HEAD_BYTES;
    if (bytes <= FRAME_BYTES_MAX) return send.call(this, socket, payload);
    dropped(bytes);
    return '';
  };
  prototype.send = Object.assign(limited, { limited: true as const });
}

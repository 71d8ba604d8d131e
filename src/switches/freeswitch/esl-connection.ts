/** One connection to the event socket: commands go out, their replies come back in order, events come in between. */
import type { Socket } from 'node:net';
import { AcmError } from '../../errors.js';
import { type EslFrame, EslFrameReader, type EslLimits } from './esl-frame.js';

/** Most commands that wait for their reply. */
const PENDING_MAX = 4_000;

const LIMITS: EslLimits = {
  headBytesMax: 16_384,
  // An event has some 8 kB. A list of channels has 900 bytes for each of them.
  bodyBytesMax: (contentType) => (contentType === 'api/response' ? 33_554_432 : 262_144),
};

export interface EslListener {
  /** The peer asks for the password. */
  asked(): void;
  event(body: Buffer): void;
  /** An event was too large to be kept. */
  oversized(): void;
  /** Told once; no command is answered any more. */
  closed(why: string): void;
}

interface Pending {
  readonly settle: (reply: string | AcmError) => void;
  readonly timer: NodeJS.Timeout;
}

export class EslConnection {
  readonly #socket: Socket;
  readonly #listener: EslListener;
  readonly #reader = new EslFrameReader(LIMITS, (frame) => this.#take(frame));
  /** The oldest first. */
  readonly #pending: Pending[] = [];
  #why = 'FreeSWITCH closed the connection';
  #closed = false;
  /** What came last, in milliseconds of the monotonic clock. */
  heardMs = performance.now();

  constructor(socket: Socket, listener: EslListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.cut(error.message));
    socket.on('close', () => this.#close());
  }

  /**
   * Sends a command and waits for its reply: the body of an api command, else the Reply-Text. Replies come in order, so one
   * that does not come in time means that none will: the connection is cut.
   * @throws AcmError ACM_UNAVAILABLE; ACM_INVALID_ARGUMENT for a command of several lines.
   */
  send(command: string, deadlineMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const complaint = this.#complaintOf(command);
      if (complaint !== undefined) {
        reject(complaint);
        return;
      }
      const settle = (reply: string | AcmError): void =>
        typeof reply === 'string' ? resolve(reply) : reject(reply);
      const timer = setTimeout(() => this.cut('FreeSWITCH does not answer'), deadlineMs);
      this.#pending.push({ settle, timer });
      this.#socket.write(`${command}\n\n`);
    });
  }

  #complaintOf(command: string): AcmError | undefined {
    // A line break would begin another command.
    if (/[\r\n\0]/.test(command))
      return new AcmError('ACM_INVALID_ARGUMENT', 'a command of the event socket is one line');
    if (this.#closed) return unavailable(this.#why);
    return this.#pending.length < PENDING_MAX ? undefined : unavailable('too many commands wait');
  }

  /** Ends the connection at once. */
  cut(why: string): void {
    if (this.#closed) return;
    this.#why = why;
    this.#socket.destroy();
    this.#close();
  }

  #read(chunk: Buffer): void {
    this.heardMs = performance.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      this.cut(error.message);
    }
  }

  #take({ headers, body, oversized }: EslFrame): void {
    if (this.#closed) return;
    const type = headers.get('content-type');
    if (type === 'text/event-json') {
      if (oversized) this.#listener.oversized();
      else this.#listener.event(body);
    } else if (type === 'command/reply') this.#reply(headers.get('reply-text') ?? '');
    else if (type === 'api/response')
      this.#reply(oversized ? unavailable('the answer is too large') : body.toString('utf8'));
    else if (type === 'auth/request') this.#listener.asked();
    else if (type === 'text/rude-rejection') this.cut("FreeSWITCH's access list refuses this address");
    // Anything else is a farewell, or what nobody has asked for.
  }

  #reply(reply: string | AcmError): void {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    pending.settle(reply);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { settle, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      settle(unavailable(this.#why));
    }
    this.#listener.closed(this.#why);
  }
}

function unavailable(why: string): AcmError {
  return new AcmError('ACM_UNAVAILABLE', why);
}

/** JSON-RPC 2.0 as far as switches speak it: one request at a time, no batches, no notifications. */
import type { SwitchDropCause } from '../../admission/switch-figures.js';
import { AcmError } from '../../errors.js';

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly method: string;
  /** Kamailio takes them by position alone, OpenSIPS by name too. */
  readonly params: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly id: number;
}

/** One way of bringing a request to a switch and its answer back. */
export interface RpcTransport {
  /** The largest answer that comes this way, in bytes. */
  readonly answerBytesMax: number;
  /**
   * The answer as the switch wrote it, parsed and otherwise unchecked. A switch that dislikes a request says nothing at
   * all by some ways, so that only the deadline tells.
   * @throws AcmError ACM_UNAVAILABLE if none has come within `deadlineMs`; ACM_INVALID_ARGUMENT for a request too long.
   */
  exchange(request: RpcRequest, deadlineMs: number): Promise<unknown>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Told of each answer that was not taken. */
export type OnRpcDrop = (cause: SwitchDropCause) => void;

export function unavailable(detail: string, cause?: unknown): AcmError {
  return new AcmError('ACM_UNAVAILABLE', detail, { cause });
}

export function noAnswerWithin(deadlineMs: number): AcmError {
  return unavailable(`no answer within ${Math.round(deadlineMs)} ms`);
}

export function closed(): AcmError {
  return unavailable('the connection is closed');
}

/** @throws AcmError ACM_UNAVAILABLE, and counts it, where the text is no JSON. */
export function parseAnswer(text: string, onDrop: OnRpcDrop): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    onDrop('malformed');
    throw unavailable('the answer is no JSON', error);
  }
}

/** The chunks of one answer, as long as they are not too many. */
export class AnswerBuffer {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly bytesMax: number,
    private readonly onDrop: OnRpcDrop,
  ) {}

  /** @returns why the answer is not taken, once it has grown too large. */
  push(chunk: Buffer): AcmError | undefined {
    this.#bytes += chunk.length;
    if (this.#bytes > this.bytesMax) {
      this.onDrop('oversized');
      return unavailable(`the answer is longer than ${this.bytesMax} bytes`);
    }
    this.#chunks.push(chunk);
    return undefined;
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

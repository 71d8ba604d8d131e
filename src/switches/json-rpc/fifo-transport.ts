/**
 * JSON-RPC through the FIFO of Kamailio's jsonrpcs (`fifo_name`): the request names a FIFO of our own in Kamailio's
 * `fifo_reply_dir`, into which the answer is written. Nothing here waits for the other side within a system call: opening a
 * FIFO that nobody reads would block for ever.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, open as openDescriptor } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AcmError } from '../../errors.js';
import {
  AnswerBuffer,
  closed,
  noAnswerWithin,
  type OnRpcDrop,
  parseAnswer,
  type RpcRequest,
  type RpcTransport,
  unavailable,
} from './transport.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** PIPE_BUF of Linux: what is written at once stays in one piece, whoever else writes. */
const REQUEST_BYTES_MAX = 4_096;
/** Kamailio reads one request at a time; each that waits costs a FIFO. */
const UNDER_WAY_MAX = 64;
/** Kamailio may run as another user, and must be able to write. Nobody else may read. */
const REPLY_MODE = '622';

const run = promisify(execFile);
const descriptorOf = promisify(openDescriptor);

export class FifoTransport implements RpcTransport {
  readonly answerBytesMax = ANSWER_BYTES_MAX;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly path: string,
    private readonly replyDirectory: string,
    private readonly onDrop: OnRpcDrop,
  ) {}

  async exchange(request: RpcRequest, deadlineMs: number): Promise<unknown> {
    if (this.#underWay.size >= UNDER_WAY_MAX) throw unavailable(`${UNDER_WAY_MAX} requests are under way`);
    const exchange = this.#exchange(request, deadlineMs);
    this.#underWay.add(exchange);
    try {
      return await exchange;
    } finally {
      this.#underWay.delete(exchange);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
    await Promise.allSettled(this.#underWay);
  }

  async #exchange(request: RpcRequest, deadlineMs: number): Promise<unknown> {
    const replyName = `acm-${randomUUID()}`;
    const line = requestLine(request, replyName);
    const replyPath = join(this.replyDirectory, replyName);
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(noAnswerWithin(deadlineMs)), Math.max(1, deadlineMs));
    const signal = AbortSignal.any([patience.signal, this.#closing.signal]);
    try {
      await run('mkfifo', ['-m', REPLY_MODE, replyPath], { signal });
      const reply = await this.#listen(replyPath, signal);
      await this.#write(line);
      return parseAnswer(await reply.whole, this.onDrop);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof AcmError ? error : unavailable((error as Error).message, error);
    } finally {
      clearTimeout(timer);
      // Ends the reading, whatever it has come to.
      patience.abort();
      await rm(replyPath, { force: true });
    }
  }

  /** Opens our FIFO before Kamailio does, which does not wait for a reader; the end of the stream is that of the answer. */
  async #listen(path: string, signal: AbortSignal): Promise<{ readonly whole: Promise<string> }> {
    const fd = await descriptorOf(path, O_RDONLY | O_NONBLOCK, 0);
    const socket = new Socket({ fd, readable: true, writable: false });
    const answer = new AnswerBuffer(ANSWER_BYTES_MAX, this.onDrop);
    const whole = new Promise<string>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        const refusal = answer.push(chunk);
        if (refusal !== undefined) socket.destroy(refusal);
      });
      socket.on('end', () => resolve(answer.toString()));
      socket.on('error', reject);
      signal.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true });
      if (signal.aborted) socket.destroy(signal.reason as Error);
    });
    // It is awaited only after the request has been written, which may fail.
    whole.catch(() => undefined);
    return { whole };
  }

  async #write(line: Buffer): Promise<void> {
    // Fails at once with ENXIO where nobody reads, and with EAGAIN where Kamailio has stopped reading.
    const file = await open(this.path, O_WRONLY | O_NONBLOCK);
    try {
      await refuseAnythingElse(file, this.path);
      await file.write(line);
    } finally {
      await file.close();
    }
  }
}

/** A configuration mistake must not write requests into a file. */
async function refuseAnythingElse(file: FileHandle, path: string): Promise<void> {
  if (!(await file.stat()).isFIFO()) throw unavailable(`${path} is no FIFO`);
}

/**
 * jsonrpcs finds the end of a request by counting braces outside of quotes, and takes a quote after any backslash for an
 * escaped one: a text that ends in a backslash would swallow all requests that follow. So neither stands escaped by a
 * backslash, but by its code.
 * @throws AcmError ACM_INVALID_ARGUMENT where it is too long to be written in one piece.
 */
function requestLine(request: RpcRequest, replyName: string): Buffer {
  const json = JSON.stringify({ ...request, reply_name: replyName });
  const line = Buffer.from(
    `${json.replace(/\\(["\\])/g, (_, char) => (char === '"' ? '\\u0022' : '\\u005c'))}\n`,
  );
  if (line.length > REQUEST_BYTES_MAX)
    throw new AcmError('ACM_INVALID_ARGUMENT', 'the request is too long for a FIFO');
  return line;
}

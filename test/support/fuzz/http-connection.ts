/** Connections that send whatever bytes they are given: the HTTP clients of Node would refuse to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isEndless, parseAnswer, type RawAnswer } from './http-answer.js';

/** An answer that takes longer is a finding. */
const ANSWER_MS_MAX = 15_000;
/** How long an answer without an end is listened to. */
const ENDLESS_MS = 50;

export interface Destination {
  readonly host: string;
  readonly port: number;
  /** The address to come from, where it matters. */
  readonly localAddress?: string;
}

async function open({ host, port, localAddress }: Destination): Promise<Socket> {
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host, port, ...from });
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** One connection that is kept for as long as the server keeps it, with one request at a time. */
export class HttpConnection {
  #socket: Socket | undefined;

  constructor(private readonly destination: Destination) {}

  /** @returns undefined if the server hung up without an answer. */
  async ask(bytes: Buffer, bodiless: boolean): Promise<RawAnswer | undefined> {
    const kept = this.#socket !== undefined && !this.#socket.destroyed;
    const answer = await this.#ask(bytes, bodiless);
    // A server may hang up on a kept connection at any time; on a fresh one it owes an answer.
    return answer === undefined && kept ? this.#ask(bytes, bodiless) : answer;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #ask(bytes: Buffer, bodiless: boolean): Promise<RawAnswer | undefined> {
    if (this.#socket === undefined || this.#socket.destroyed) this.#socket = await open(this.destination);
    const socket = this.#socket;
    socket.write(bytes);
    const answer = await readAnswer(socket, bodiless);
    const keeps = answer !== undefined && answer.headers.get('connection') !== 'close';
    if (!keeps || isEndless(answer.headers)) socket.destroy();
    return answer;
  }
}

function readAnswer(socket: Socket, bodiless: boolean): Promise<RawAnswer | undefined> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const patience = setTimeout(
      () => finish(new Error(`no answer within ${ANSWER_MS_MAX} ms`)),
      ANSWER_MS_MAX,
    );
    const finish = (outcome: RawAnswer | Error | undefined): void => {
      clearTimeout(patience);
      socket.off('data', onData).off('close', onClose);
      if (outcome instanceof Error) {
        socket.destroy();
        reject(outcome);
      } else resolve(outcome);
    };
    const look = (ended: boolean): void => {
      try {
        const parsed = parseAnswer(bytes, bodiless, ended);
        if (parsed !== undefined) finish(parsed.answer);
        else if (ended) finish(undefined);
        else stopListeningToEndless();
      } catch (error) {
        finish(error as Error);
      }
    };
    const stopListeningToEndless = (): void => {
      if (!/^content-type: *text\/event-stream/im.test(bytes.toString('latin1', 0, 4_096))) return;
      socket.off('data', onData);
      setTimeout(() => finish(headOf(bytes)), ENDLESS_MS);
    };
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      look(false);
    };
    const onClose = (): void => look(true);
    socket.on('data', onData).on('close', onClose);
  });
}

/** An answer without an end, as far as it has come. */
function headOf(bytes: Buffer): RawAnswer | undefined {
  const parsed = parseAnswer(bytes, true, false);
  return parsed && { ...parsed.answer, body: bytes.subarray(parsed.length) };
}

/** What a connection is told piece by piece, and when its client goes. */
export interface Conversation {
  readonly what: string;
  readonly pieces: readonly (Buffer | string)[];
  /** Milliseconds between the pieces. */
  readonly pauseMs?: number;
  /** After the pieces: hang up at once, say that nothing more comes, or wait for what the server does. */
  readonly ending: 'cut' | 'end' | 'wait';
}

/** How long a conversation lasts whose server neither answers nor hangs up. */
const SILENCE_MS = 120;

/** Holds a conversation on a connection of its own and returns what was said to it. */
export async function converse(
  destination: Destination,
  { pieces, pauseMs = 0, ending }: Conversation,
): Promise<Buffer> {
  const socket = await open(destination);
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  if (ending === 'cut') socket.destroy();
  if (ending === 'end') socket.end();
  if (!socket.closed) await Promise.race([closed(socket), quiet(socket)]);
  socket.destroy();
  return Buffer.concat(heard);
}

/** Not events.once, which rejects where the server resets the connection: that is its right. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Settles when the server has said nothing for a while. */
function quiet(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SILENCE_MS);
    socket.on('data', () => timer.refresh());
  });
}

/**
 * One client of the simulated event socket: its login, its commands, its subscription, and what waits to be sent to it.
 *
 * Not covered: everything about the outbound socket (`connect`, `myevents`, `linger`, `sendmsg`), `log`, `sendevent`,
 * regular expressions and negations in filters. Such commands are answered as ones that do not exist.
 */
import type { Socket } from 'node:net';
import { type ApiParts, runApi } from './api-commands.js';
import { CommandReader, type SocketCommand } from './command-reader.js';
import { Subscription } from './subscription.js';

/** Bytes that may wait for a client before events are lost: 100,000 events, as in FreeSWITCH. */
const WAITING_BYTES_MAX = 256 * 1_024 * 1_024;
/** A client that has just been started is slow, and one that has connected under load has much to read. */
const SETTLE_MS = 10_000;
/** Events that a client may lose before it is cut off, as in FreeSWITCH. */
const LOST_MAX = 500;
const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
const UNKNOWN = '-ERR command not found';

export interface SessionParts {
  readonly password: string;
  readonly api: ApiParts;
  readonly jobUuid: () => string;
  /** Tells all clients what has become of a background job. */
  readonly jobDone: (jobUuid: string, command: string, reply: string) => void;
  readonly waitingBytesMax?: number;
}

export class ClientSession {
  readonly subscription = new Subscription();
  /** Events that it did not get since it did not read. */
  lost = 0;
  /** The most bytes that have waited for it: how far it was behind. Its first ten seconds do not count. */
  mostWaiting = 0;
  readonly #settledMs = performance.now() + SETTLE_MS;
  #authenticated = false;
  readonly #socket: Socket;
  readonly #parts: SessionParts;
  readonly #reader = new CommandReader();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #flushing = false;

  constructor(socket: Socket, parts: SessionParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.#read(chunk));
    this.#send('Content-Type: auth/request\n\n');
  }

  /** Sends an event that it has asked for, or loses it. */
  sendEvent(frame: string): void {
    const waiting = this.#waitingBytes + this.#socket.writableLength;
    if (waiting > this.mostWaiting && performance.now() > this.#settledMs) this.mostWaiting = waiting;
    if (waiting <= (this.#parts.waitingBytesMax ?? WAITING_BYTES_MAX)) this.#send(frame);
    else if (++this.lost > LOST_MAX) this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const commands = this.#reader.push(chunk);
    if (commands === undefined) {
      this.#socket.destroy();
      return;
    }
    for (const command of commands) {
      if (this.#socket.destroyed || this.#socket.writableEnded) return;
      this.#execute(command);
    }
  }

  #execute({ line, headers }: SocketCommand): void {
    const [, word, rest] = /^(\S*)\s*(.*)$/s.exec(line)!;
    const name = word.toLowerCase();
    if (name === 'exit') this.#leave('+OK bye');
    else if (!this.#authenticated) this.#authenticate(name, rest);
    else if (name === 'api' && rest !== '') this.#reply(runApi(rest, this.#parts.api));
    else if (name === 'bgapi' && rest !== '') this.#runJob(rest, headers.get('job-uuid'));
    else this.#acknowledge(this.#subscribe(name, rest));
  }

  #authenticate(name: string, password: string): void {
    if (name !== 'auth') this.#acknowledge(UNKNOWN);
    else if (password !== this.#parts.password) this.#leave('-ERR invalid');
    else {
      this.#authenticated = true;
      this.#acknowledge('+OK accepted');
    }
  }

  #subscribe(name: string, rest: string): string {
    const words = rest.split(/\s+/).filter((word) => word !== '');
    if (name === 'event') return this.#subscribeTo(words);
    if (name === 'noevents') {
      this.subscription.clear();
      return '+OK no longer listening for events';
    }
    if (name === 'nixevent') {
      this.subscription.remove(words);
      return words.length === 0 ? '-ERR no keywords supplied' : '+OK events nixed';
    }
    if (name === 'filter' && words.length > 0) return this.#filter(words);
    return UNKNOWN;
  }

  #subscribeTo(words: readonly string[]): string {
    const [format] = words;
    const names = format === 'json' || format === 'plain' ? words.slice(1) : words;
    if (!this.subscription.add(names)) return '-ERR no keywords supplied';
    if (format === 'json' || format === 'plain') this.subscription.format = format;
    return `+OK event listener enabled ${this.subscription.format}`;
  }

  #filter(words: readonly string[]): string {
    const [first, second = ''] = words;
    if (first === 'delete') {
      if (second === '') return '-ERR invalid syntax';
      const value = words.slice(2).join(' ');
      this.subscription.removeFilters(second, value);
      return `+OK filter deleted. [${second}][${value}]`;
    }
    if (second === '') return '-ERR invalid syntax';
    const value = words.slice(1).join(' ');
    this.subscription.addFilter(first, value);
    return `+OK filter added. [${first}]=[${value}]`;
  }

  #runJob(line: string, wanted: string | undefined): void {
    const { jobUuid, jobDone, api } = this.#parts;
    const uuid = wanted ?? jobUuid();
    this.#send(`Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${uuid}\nJob-UUID: ${uuid}\n\n`);
    jobDone(uuid, line, runApi(line, api));
  }

  #acknowledge(text: string): void {
    this.#send(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  #reply(text: string): void {
    this.#send(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`);
  }

  #leave(text: string): void {
    this.#acknowledge(text);
    this.#send(`Content-Type: text/disconnect-notice\nContent-Length: ${GOODBYE.length}\n\n${GOODBYE}`);
    this.#flush();
    this.#socket.end();
  }

  /** What is sent within one turn of the event loop goes out as one write. */
  #send(text: string): void {
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#socket.writable) this.#socket.write(text);
  }
}

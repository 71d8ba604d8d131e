/** A client of server-sent events, as the HTML standard wants it, on a connection of its own. */
import { once } from 'node:events';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Json } from './http-client.js';

/** One event, or what a comment with an id leaves behind: `event` is '' then, and nobody would be told. */
export interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Json;
}

export class EventClient {
  readonly received: ReceivedEvent[] = [];
  /** Of the last block that had one, also without an event. */
  lastId = '';
  retryMs = 0;
  #ended = false;
  #rest = '';

  private constructor(private readonly answer: IncomingMessage) {
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => this.#take(text));
    answer.on('error', () => undefined);
    answer.on('close', () => {
      this.#ended = true;
    });
  }

  /** @param headers with `last-event-id` for one who comes back. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
    const request = get(url, { headers, agent: false });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw new Error(`HTTP ${answer.statusCode}`);
    }
    return new EventClient(answer);
  }

  get headers(): IncomingHttpHeaders {
    return this.answer.headers;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Events of one kind that have come so far. */
  of(event: string): ReceivedEvent[] {
    return this.received.filter((each) => each.event === event);
  }

  /** Takes nothing more from the connection. */
  pause(): void {
    this.answer.pause();
  }

  resume(): void {
    this.answer.resume();
  }

  close(): void {
    this.answer.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#read(block);
  }

  #read(block: string): void {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => line.split(/: (.*)/s) as [string, string]),
    );
    this.lastId = fields.get('id') ?? this.lastId;
    this.retryMs = Number(fields.get('retry') ?? this.retryMs);
    const data = fields.get('data');
    if (data !== undefined)
      this.received.push({
        id: this.lastId,
        event: fields.get('event') ?? 'message',
        data: JSON.parse(data),
      });
  }
}

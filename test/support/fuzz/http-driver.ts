/** Sends what the fuzzer has made up, over a few connections at a time, and holds each answer against the laws. */
import { Findings } from './findings.js';
import { parseAnswer, type RawAnswer } from './http-answer.js';
import { type Conversation, converse, type Destination, HttpConnection } from './http-connection.js';
import { complaintAbout } from './http-laws.js';
import { bytesOf, describe, type FuzzRequest } from './http-request.js';

const LANES = 8;

export class HttpDriver {
  readonly findings = new Findings();

  /** @param heard is told of every answer. */
  constructor(
    private readonly destination: Destination,
    private readonly heard: (answer: RawAnswer) => void,
  ) {}

  /** Sends as many requests as there are in the list. */
  async send(count: number, next: () => FuzzRequest): Promise<void> {
    let left = count;
    const lane = async (place: number): Promise<void> => {
      const usual = new HttpConnection(this.destination);
      const elsewhere = new HttpConnection({ ...this.destination, localAddress: `127.0.1.${place + 1}` });
      for (; left > 0; ) {
        left--;
        const request = next();
        await this.#exchange(request.fromElsewhere ? elsewhere : usual, request);
      }
      usual.close();
      elsewhere.close();
    };
    await Promise.all(Array.from({ length: LANES }, (_, place) => lane(place)));
  }

  async #exchange(connection: HttpConnection, request: FuzzRequest): Promise<void> {
    const bodiless = request.method === 'HEAD';
    let answer: RawAnswer | undefined;
    try {
      answer = await connection.ask(bytesOf(request), bodiless);
    } catch (error) {
      this.findings.count('failed');
      this.findings.note(describe(request), String(error));
      return;
    }
    this.findings.count(answer === undefined ? 'cut' : String(answer.status));
    if (answer !== undefined) {
      this.heard(answer);
      this.findings.note(describe(request), complaintAbout(answer, bodiless));
    } else if (!request.mayBeCut && (request.body?.length ?? 0) < 1_000_000) {
      this.findings.note(describe(request), 'hung up without an answer');
    }
  }

  /** Holds these conversations. Whoever breaks off or says nothing that is whole is owed no answer; what comes keeps the laws. */
  async hold(conversations: readonly Conversation[]): Promise<void> {
    const waiting = [...conversations];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        this.#judge(next, await converse(this.destination, next));
    };
    await Promise.all(Array.from({ length: 2 * LANES }, lane));
  }

  #judge({ what }: Conversation, heard: Buffer): void {
    let count = 0;
    try {
      let rest = heard;
      for (; rest.length > 0; count++) {
        const parsed = parseAnswer(rest, false, true);
        if (parsed === undefined) break;
        this.findings.count(String(parsed.answer.status));
        this.findings.note(what, complaintAbout(parsed.answer, false));
        rest = rest.subarray(parsed.length);
      }
    } catch (error) {
      this.findings.note(what, String(error));
    }
    if (count === 0) this.findings.count('silence');
  }
}

/**
 * JSON-RPC over HTTP: Kamailio's xhttp with jsonrpc_dispatch(), OpenSIPS's mi_http. Connections are kept; the status says
 * nothing that the body does not (Kamailio answers 404 and 500 with a JSON-RPC error in it).
 */
import * as http from 'node:http';
import * as https from 'node:https';
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

/** Kamailio builds an answer twice in the private memory of a process, which has 8 MB by default (-M); else none comes. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Kamailio has one process for each connection that is being served, and few of them. */
const CONNECTIONS_MAX = 4;

export class HttpTransport implements RpcTransport {
  readonly answerBytesMax = ANSWER_BYTES_MAX;
  readonly #url: URL;
  readonly #agent: http.Agent;
  #isClosed = false;
  readonly #client: typeof http | typeof https;

  constructor(
    url: string,
    private readonly onDrop: OnRpcDrop,
  ) {
    this.#url = new URL(url);
    this.#client = this.#url.protocol === 'https:' ? https : http;
    this.#agent = new this.#client.Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  }

  async exchange(request: RpcRequest, deadlineMs: number): Promise<unknown> {
    const body = JSON.stringify(request);
    const startedMs = performance.now();
    const text = await this.#post(body, deadlineMs, this.#agent).catch((error: unknown) => {
      if (!(error instanceof StaleConnection)) throw error;
      if (this.#isClosed) throw closed();
      // The other kept ones may be stale as well.
      return this.#post(body, deadlineMs - (performance.now() - startedMs), false);
    });
    return parseAnswer(text, this.onDrop);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#agent.destroy();
  }

  #post(body: string, deadlineMs: number, agent: http.Agent | false): Promise<string> {
    return new Promise((resolve, reject) => {
      const answer = new AnswerBuffer(ANSWER_BYTES_MAX, this.onDrop);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
        sent.destroy();
      };
      const timer = setTimeout(() => fail(noAnswerWithin(deadlineMs)), Math.max(1, deadlineMs));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = this.#client.request(this.#url, { method: 'POST', agent, headers });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        fail(isStale ? new StaleConnection() : unavailable(error.message || String(error.code), error));
      });
      sent.on('response', (response) => {
        response.on('data', (chunk: Buffer) => {
          const refusal = answer.push(chunk);
          if (refusal !== undefined) fail(refusal);
        });
        response.on('error', (error) => fail(unavailable(error.message, error)));
        response.on('end', () => {
          clearTimeout(timer);
          resolve(answer.toString());
        });
      });
      sent.end(body);
    });
  }
}

/** The switch has closed a kept connection just when it was to be used again: that is no answer. */
class StaleConnection extends Error {}

/** Somebody who receives webhooks, over real HTTP on loopback. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Message } from './grpc-management.js';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly message: Message;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export class WebhookReceiver {
  readonly received: Received[] = [];
  /** What it does with each request; 204 unless a test says otherwise. */
  answer: Answer = (response) => void response.writeHead(204).end();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook?token=hidden`;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const { headers } = request;
      if (request.method === 'POST') this.received.push({ headers, body, message: JSON.parse(body) });
      this.answer(response, request);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** True if whoever has the secret has sent this body, within the last five minutes: as docs/webhooks.md tells receivers to check. */
export function isGenuine({ headers, body }: Received, secret: string): boolean {
  const timestamp = String(headers['acm-timestamp']);
  const mac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return headers['acm-signature'] === `v1=${mac}` && Math.abs(Date.now() / 1_000 - Number(timestamp)) < 300;
}

/** Takes the calls that a FreeSWITCH dialplan hands over by its `socket` application, before they are answered. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { CallIntake } from '../../admission/call-intake.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { holdCall } from './held-call.js';

/** Most calls that are held at a time; each takes some milliseconds. */
const HELD_MAX = 2_000;

export interface ScreeningServerOptions {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  readonly switchId: string;
  readonly trunks: Trunks;
}

export class FreeswitchScreeningServer implements SwitchConnector {
  readonly figures = new SwitchFigures('freeswitch-socket');
  readonly #options: ScreeningServerOptions;
  readonly #held = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: ScreeningServerOptions) {
    this.#options = options;
  }

  /** The port that it listens on; 0 while it does not. */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async start(intake: Pick<CallIntake, 'screen'>): Promise<void> {
    const { host, port } = this.#options;
    const server = createServer((socket) => this.#take(socket, intake));
    this.#server = server;
    server.listen({ host, port });
    try {
      await once(server, 'listening');
    } catch (error) {
      const { message } = error as Error;
      throw new AcmError('ACM_UNAVAILABLE', `cannot listen at ACM_ESL_LISTEN_ADDRESS: ${message}`, {
        cause: error,
      });
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined || !server.listening) return;
    const closed = once(server, 'close');
    server.close();
    // Calls that are held go on: the dialplan sees to that.
    for (const socket of this.#held) socket.destroy();
    await closed;
  }

  #take(socket: Socket, intake: Pick<CallIntake, 'screen'>): void {
    const { figures } = this;
    socket.on('error', () => undefined);
    if (this.#held.size >= HELD_MAX) {
      figures.drop('overload');
      socket.destroy();
      return;
    }
    this.#held.add(socket);
    socket.on('close', () => this.#held.delete(socket));
    figures.connections++;
    const { switchId, trunks } = this.#options;
    holdCall(socket, { figures, switchId, trunks, screen: (attempt) => intake.screen(attempt) });
  }
}

/** Keeps a gRPC channel connected, which by itself it is only while somebody calls, and says when it comes and goes. */
import { type Client, connectivityState } from '@grpc/grpc-js';

/** What grpc-js gives out as the channel of a client. */
export type ClientChannel = ReturnType<Client['getChannel']>;

/** What the owner of a connection wants to hear. */
export interface ConnectionListener {
  /** The channel is connected. */
  up(): void;
  /** It was connected and is so no more. */
  down(): void;
}

/** Watches one channel until it is closed. */
export class Connection {
  #up = false;

  constructor(
    readonly channel: ClientChannel,
    readonly listener: ConnectionListener,
  ) {}

  get up(): boolean {
    return this.#up;
  }

  /** Connects, and connects again whenever the connection is lost. Ends when the channel is closed. */
  keep(): void {
    const state = this.channel.getConnectivityState(true);
    this.#set(state === connectivityState.READY);
    if (state === connectivityState.SHUTDOWN) return;
    this.channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.keep());
  }

  #set(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    if (up) this.listener.up();
    else this.listener.down();
  }
}

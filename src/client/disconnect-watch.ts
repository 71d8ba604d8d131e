/** The stream of disconnect commands for one switch, opened again for ever. */
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { WatchDisconnectsResponse } from '../gen/acm/v1/detection.js';
import { Backoff } from './backoff.js';

/** The order to end one call, as it came from the sidecar. */
export type DisconnectCommand = WatchDisconnectsResponse;

/** Opens the stream. */
export type OpenStream = () => ClientReadableStream<DisconnectCommand>;

const REOPEN_MS_MIN = 100;
const REOPEN_MS_MAX = 2_000;

/** Watches until it is stopped. */
export class DisconnectWatch {
  #stream: ClientReadableStream<DisconnectCommand> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #backoff = new Backoff(REOPEN_MS_MIN, REOPEN_MS_MAX);

  constructor(
    readonly openStream: OpenStream,
    readonly onCommand: (command: DisconnectCommand) => void,
  ) {}

  start(): void {
    if (this.#stopped) return;
    const stream = this.openStream();
    this.#stream = stream;
    stream.on('metadata', () => this.#backoff.reset());
    stream.on('data', (command: DisconnectCommand) => {
      this.#backoff.reset();
      this.onCommand(command);
    });
    stream.on('error', () => undefined); // `close` follows and says the same.
    stream.once('close', () => this.#reopenLater());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#stream?.cancel();
  }

  #reopenLater(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.start(), this.#backoff.next());
  }
}

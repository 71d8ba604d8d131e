/** A proxy by its JSON-RPC: calls are ended and listed, and it is asked from time to time whether it is there. */
import type { CallIntake } from '../admission/call-intake.js';
import type { Log, SwitchControl } from '../admission/ports.js';
import type { SwitchFigures } from '../admission/switch-figures.js';
import type { CallLister, SwitchConnector } from '../admission/switch-ports.js';
import { Heartbeat } from './heartbeat.js';
import type { JsonRpcClient } from './json-rpc/client.js';
import { UnscreenedCount } from './unscreened-count.js';

/** What is asked with each beat. */
export interface Pulse {
  /**
   * When the switch was started, in its own words.
   * @throws AcmError if it does not answer.
   */
  startedAt(): Promise<string>;
  /** What it answers about its statistic of unscreened calls; undefined where it has none. @throws AcmError */
  unscreened(): Promise<unknown>;
  /** The switch is another one than at the beat before. @throws AcmError */
  started?(): Promise<void>;
}

export interface RpcConnectorParts {
  readonly figures: SwitchFigures;
  readonly control: SwitchControl;
  readonly lister: CallLister;
  readonly rpc: Pick<JsonRpcClient, 'close'>;
  readonly pulse: Pulse;
  readonly log: Log;
}

export class RpcConnector implements SwitchConnector {
  readonly figures: SwitchFigures;
  readonly control: SwitchControl;
  readonly lister: CallLister;
  readonly #parts: RpcConnectorParts;
  readonly #unscreened = new UnscreenedCount();
  #startedAt: string | undefined;
  #heartbeat: Heartbeat | undefined;

  constructor(parts: RpcConnectorParts) {
    this.#parts = parts;
    this.figures = parts.figures;
    this.control = parts.control;
    this.lister = parts.lister;
  }

  async start(_intake: CallIntake, connected: () => void): Promise<void> {
    const { figures, log } = this.#parts;
    this.#heartbeat = new Heartbeat({ figures, log, connected, beat: () => this.#beat() });
    this.#heartbeat.start();
  }

  async stop(): Promise<void> {
    // A beat that is under way ends with its request.
    await Promise.all([this.#parts.rpc.close(), this.#heartbeat?.stop()]);
  }

  /** @returns whether the switch was started anew since the last one. */
  async #beat(): Promise<boolean> {
    const { pulse, figures } = this.#parts;
    const startedAt = await pulse.startedAt();
    const isNewLife = this.#startedAt !== undefined && startedAt !== this.#startedAt;
    if (startedAt !== this.#startedAt) await pulse.started?.();
    figures.unscreened += this.#unscreened.take(await pulse.unscreened(), isNewLife);
    this.#startedAt = startedAt;
    return isNewLife;
  }
}

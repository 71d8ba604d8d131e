/**
 * Ends calls on a switch that is a proxy and tracks dialogs. Its commands say that they were understood, not that the call
 * has ended, so the dialog is looked up again until it is over.
 */
import type { CallState } from '../admission/calls.js';
import type { DisconnectOrder, DisconnectOutcome } from '../admission/disconnect.js';
import type { SwitchControl } from '../admission/ports.js';
import { AcmError } from '../errors.js';

/** How long an order may take, in milliseconds; whoever gave it repeats it. */
const ORDER_MS_MAX = 3_000;
/** For one command. */
const COMMAND_MS_MAX = 1_000;
const LOOK_MS_MIN = 10;
const LOOK_MS_MAX = 200;
/** A dialog that is still there after so long is told again. */
const REPEAT_MS = 1_000;

export interface Dialog {
  /** What the switch tells it from others by, for as long as it lives. */
  readonly identity: string;
  readonly stage: CallState;
}

/** How the dialogs of one kind of switch are found and ended. Deadlines are those of each command, in milliseconds. */
export interface Dialogs<D extends Dialog> {
  /**
   * One of the dialogs that the order means; there may be several with one Call-ID.
   * @returns `unsupported` where the switch tracks no dialogs.
   * @throws AcmError if the switch does not answer.
   */
  find(order: DisconnectOrder, deadline: () => number): Promise<D | 'gone' | 'unsupported'>;
  /** Has both sides told. What the switch answers decides nothing. @throws AcmError if it does not answer. */
  end(dialog: D, order: DisconnectOrder, deadline: () => number): Promise<void>;
  /** Called when the last of the dialogs that were told is over. @throws AcmError if the switch does not answer. */
  finish?(dialog: D, order: DisconnectOrder, deadline: () => number): Promise<void>;
}

export interface DialogControlParts<D extends Dialog> {
  /** Of the control, for logs and metrics. */
  readonly name: string;
  readonly switchId: string;
  readonly dialogs: Dialogs<D>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export class DialogControl<D extends Dialog> implements SwitchControl {
  readonly name: string;
  readonly #parts: DialogControlParts<D>;

  constructor(parts: DialogControlParts<D>) {
    this.name = parts.name;
    this.#parts = parts;
  }

  carries(switchId: string): boolean {
    return switchId === this.#parts.switchId;
  }

  async disconnect(order: DisconnectOrder): Promise<DisconnectOutcome> {
    try {
      return await new Ending(this.#parts, order).run();
    } catch (error) {
      if (error instanceof AcmError) return 'failed';
      throw error;
    }
  }
}

/** One order under way. */
class Ending<D extends Dialog> {
  readonly #endMs: number;
  /** The dialog that was told last, and when. */
  #told: { readonly dialog: D; readonly atMs: number } | undefined;

  constructor(
    private readonly parts: DialogControlParts<D>,
    private readonly order: DisconnectOrder,
  ) {
    this.#endMs = parts.now() + ORDER_MS_MAX;
  }

  async run(): Promise<DisconnectOutcome> {
    const { dialogs, now, sleep } = this.parts;
    for (let pauseMs = LOOK_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS_MAX)) {
      const dialog = await dialogs.find(this.order, this.#deadline);
      if (dialog === 'unsupported') return dialog;
      if (dialog === 'gone') return this.#conclude();
      if (this.#isDue(dialog)) {
        this.#told = { dialog, atMs: now() };
        await dialogs.end(dialog, this.order, this.#deadline);
      }
      if (now() + pauseMs > this.#endMs) return 'failed';
      await sleep(pauseMs);
    }
  }

  async #conclude(): Promise<DisconnectOutcome> {
    if (this.#told === undefined) return 'gone';
    try {
      await this.parts.dialogs.finish?.(this.#told.dialog, this.order, this.#deadline);
    } catch (error) {
      // The switch has confirmed the end, whatever else it does not do.
      if (!(error instanceof AcmError)) throw error;
    }
    return 'ended';
  }

  #isDue({ identity, stage }: D): boolean {
    if (this.#told === undefined) return true;
    const { dialog, atMs } = this.#told;
    const isSame = dialog.identity === identity && dialog.stage === stage;
    return !isSame || this.parts.now() - atMs >= REPEAT_MS;
  }

  readonly #deadline = (): number => Math.min(this.#endMs - this.parts.now(), COMMAND_MS_MAX);
}

/**
 * Ends calls on Kamailio by JSON-RPC. Its commands say that they were understood, not that the call has ended, so the
 * dialog is looked up again until it is over.
 */
import type { DisconnectOrder, DisconnectOutcome } from '../../admission/disconnect.js';
import type { SwitchControl } from '../../admission/ports.js';
import { AcmError } from '../../errors.js';
import type { JsonRpcClient, RpcAnswer } from '../json-rpc/client.js';
import { unavailable } from '../json-rpc/transport.js';
import { type DialogRecord, readDialog } from './dialog-record.js';

/** How long an order may take, in milliseconds; whoever gave it repeats it. */
const ORDER_MS_MAX = 3_000;
/** For one command. */
const COMMAND_MS_MAX = 1_000;
const LOOK_MS_MIN = 10;
const LOOK_MS_MAX = 200;
/** A dialog that is still there after so long is told again. */
const REPEAT_MS = 1_000;

export interface KamailioControlParts {
  readonly switchId: string;
  readonly rpc: Pick<JsonRpcClient, 'call'>;
  /** Called once for each answered call that has been ended. */
  readonly hangUpAgain: (dialog: DialogRecord, order: DisconnectOrder) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export class KamailioControl implements SwitchControl {
  readonly name = 'kamailio';
  readonly #parts: KamailioControlParts;

  constructor(parts: KamailioControlParts) {
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
class Ending {
  readonly #deadline: number;
  /** The dialog that was told last, in which stage and when. */
  #told: { readonly dialog: DialogRecord; readonly atMs: number } | undefined;

  constructor(
    private readonly parts: KamailioControlParts,
    private readonly order: DisconnectOrder,
  ) {
    this.#deadline = parts.now() + ORDER_MS_MAX;
  }

  /** Several dialogs may have this Call-ID: Kamailio shows one of them at a time, so that each is ended in its turn. */
  async run(): Promise<DisconnectOutcome> {
    const { now, sleep } = this.parts;
    for (let pauseMs = LOOK_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS_MAX)) {
      const dialog = await this.#find();
      if (dialog === 'unsupported') return dialog;
      if (dialog === undefined || dialog.stage === 'ended') return this.#conclude();
      if (this.#isDue(dialog)) await this.#tell(dialog);
      if (now() + pauseMs > this.#deadline) return 'failed';
      await sleep(pauseMs);
    }
  }

  async #find(): Promise<DialogRecord | 'unsupported' | undefined> {
    const { callId, fromTag } = this.order;
    const answer = await this.#call('dlg.dlg_list', fromTag === '' ? [callId] : [callId, fromTag]);
    if (answer.ok) return readDialog(answer.result);
    if (isUnknownMethod(answer)) return 'unsupported';
    throw unavailable(answer.message);
  }

  async #conclude(): Promise<DisconnectOutcome> {
    const told = this.#told?.dialog;
    if (told === undefined) return 'gone';
    if (told.stage === 'answered') await this.parts.hangUpAgain(told, this.order);
    return 'ended';
  }

  #isDue({ hEntry, hId, stage }: DialogRecord): boolean {
    if (this.#told === undefined) return true;
    const { dialog, atMs } = this.#told;
    const isSame = dialog.hEntry === hEntry && dialog.hId === hId && dialog.stage === stage;
    return !isSame || this.parts.now() - atMs >= REPEAT_MS;
  }

  async #tell(dialog: DialogRecord): Promise<void> {
    this.#told = { dialog, atMs: this.parts.now() };
    if (dialog.stage === 'ringing' && (await this.#rejectInvite(dialog))) return;
    await this.#endDialog(dialog);
  }

  /**
   * The caller gets the final response, the callee CANCEL, both with the Reason. Fails where the call has been answered
   * meanwhile.
   */
  async #rejectInvite({ callId, callerCseq }: DialogRecord): Promise<boolean> {
    const { sipStatus, sipReason, disconnectId } = this.order;
    const toTag = disconnectId.replaceAll('-', '');
    const params = [sipStatus, sipReason, callId, callerCseq, toTag, this.#reasonLine, ''];
    return (await this.#call('tm.reply_callid', params)).ok;
  }

  /**
   * BYE to both sides. For an early dialog 5.7 and later answer the caller with their own status and cancel the callee;
   * older ones do nothing, and say that all is well.
   */
  async #endDialog({ hEntry, hId, callId, fromTag, toTag }: DialogRecord): Promise<void> {
    const ended = await this.#call('dlg.end_dlg', [hEntry, hId, this.#reasonLine]);
    if (ended.ok || ended.code === 404) return;
    await this.#call('dlg.terminate_dlg', [callId, fromTag, toTag]);
  }

  get #reasonLine(): string {
    return `Reason: ${this.order.reasonHeader}\r\n`;
  }

  #call(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    const leftMs = this.#deadline - this.parts.now();
    return this.parts.rpc.call(method, params, Math.min(leftMs, COMMAND_MS_MAX));
  }
}

/** The dialog module is not loaded. */
function isUnknownMethod({ code, message }: Extract<RpcAnswer, { ok: false }>): boolean {
  return code === -32_601 || (code === 500 && /method not found/i.test(message));
}

/** How dialogs are found and ended on Kamailio, by commands of its dialog and tm modules. */
import type { DisconnectOrder } from '../../admission/disconnect.js';
import type { Dialogs } from '../dialog-control.js';
import type { JsonRpcClient, RpcAnswer } from '../json-rpc/client.js';
import { unavailable } from '../json-rpc/transport.js';
import { type DialogRecord, type LiveDialog, readDialog } from './dialog-record.js';
import { secondBye } from './second-bye.js';

/** What Kamailio answers where the dialog module is not loaded, and what JSON-RPC has for that. */
const NO_METHOD_CODES: readonly number[] = [500, -32_601];

export class KamailioDialogs implements Dialogs<LiveDialog> {
  constructor(
    private readonly rpc: Pick<JsonRpcClient, 'call'>,
    /** Whether this version is one that may leave out the BYE to the callee. */
    private readonly mayLoseSecondBye: () => boolean,
  ) {}

  /** Of several dialogs Kamailio shows one, the newest, so that each is found in its turn. */
  async find({ callId, fromTag }: DisconnectOrder, deadline: () => number) {
    const params = fromTag === '' ? [callId] : [callId, fromTag];
    const answer = await this.rpc.call('dlg.dlg_list', params, deadline());
    if (!answer.ok && isMethodMissing(answer)) return 'unsupported';
    if (!answer.ok) throw unavailable(answer.message);
    const dialog = readDialog(answer.result);
    return dialog === undefined || !isLive(dialog) ? 'gone' : dialog;
  }

  async end(dialog: LiveDialog, order: DisconnectOrder, deadline: () => number): Promise<void> {
    if (dialog.stage === 'ringing' && (await this.#rejectInvite(dialog, order, deadline))) return;
    await this.#endDialog(dialog, order, deadline);
  }

  async finish(dialog: LiveDialog, order: DisconnectOrder, deadline: () => number): Promise<void> {
    if (dialog.stage !== 'answered' || !this.mayLoseSecondBye()) return;
    const bye = secondBye(dialog, order);
    if (bye !== undefined) await this.rpc.call('tm.t_uac_start', bye, deadline());
  }

  /**
   * The caller gets the final response with the Reason, the callee CANCEL with one that Kamailio makes of the status. Fails
   * where the call has been answered meanwhile.
   */
  async #rejectInvite(
    { callId, callerCseq }: DialogRecord,
    order: DisconnectOrder,
    deadline: () => number,
  ): Promise<boolean> {
    const { sipStatus, sipReason, disconnectId } = order;
    const toTag = disconnectId.replaceAll('-', '');
    const params = [sipStatus, sipReason, callId, callerCseq, toTag, reasonLine(order), ''];
    return (await this.rpc.call('tm.reply_callid', params, deadline())).ok;
  }

  /**
   * BYE to both sides. For an early dialog 5.7 and later answer the caller with their own status and cancel the callee;
   * older ones do nothing, and say that all is well.
   */
  async #endDialog(
    { hEntry, hId, callId, fromTag, toTag }: DialogRecord,
    order: DisconnectOrder,
    deadline: () => number,
  ): Promise<void> {
    const ended = await this.rpc.call('dlg.end_dlg', [hEntry, hId, reasonLine(order)], deadline());
    if (ended.ok || ended.code === 404) return;
    await this.rpc.call('dlg.terminate_dlg', [callId, fromTag, toTag], deadline());
  }
}

function reasonLine({ reasonHeader }: DisconnectOrder): string {
  return `Reason: ${reasonHeader}\r\n`;
}

function isLive(dialog: DialogRecord): dialog is LiveDialog {
  return dialog.stage !== 'ended';
}

function isMethodMissing({ code, message }: Extract<RpcAnswer, { ok: false }>): boolean {
  return NO_METHOD_CODES.includes(code) && /method not found/i.test(message);
}

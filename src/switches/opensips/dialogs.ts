/** How dialogs are found and ended on OpenSIPS, by commands of its dialog module. */
import type { DisconnectOrder } from '../../admission/disconnect.js';
import type { Dialogs } from '../dialog-control.js';
import { isObject } from '../json-object.js';
import { unavailable } from '../json-rpc/transport.js';
import { type CommandCaller, DLG_END, DLG_LIST, isUnknown } from './commands.js';
import { isLive, type LiveDialog, readDialog } from './dialog-record.js';

/** What the dialog module answers where it has no such dialog. */
const NO_DIALOG = 404;

export class OpensipsDialogs implements Dialogs<LiveDialog> {
  constructor(private readonly commands: Pick<CommandCaller, 'call'>) {}

  async find({ callId, fromTag }: DisconnectOrder, deadline: () => number) {
    const params = fromTag === '' ? { callid: callId } : { callid: callId, from_tag: fromTag };
    const answer = await this.commands.call(DLG_LIST, params, deadline);
    if (isUnknown(answer)) return 'unsupported';
    if (!answer.ok && answer.code === NO_DIALOG) return 'gone';
    if (!answer.ok) throw unavailable(answer.message);
    const dialog = readDialog(isObject(answer.result) ? answer.result['Dialog'] : undefined);
    if (dialog === undefined) throw unavailable('the answer to dlg_list is no dialog');
    return isLive(dialog) ? dialog : 'gone';
  }

  /**
   * Answered: BYE to both sides, with the Reason. Early: CANCEL to the callee, so that the caller gets the callee's 487;
   * OpenSIPS has no command that answers the caller otherwise.
   */
  async end(
    { identity }: LiveDialog,
    { reasonHeader }: DisconnectOrder,
    deadline: () => number,
  ): Promise<void> {
    const params = { dialog_id: identity, extra_hdrs: `Reason: ${reasonHeader}\r\n` };
    await this.commands.call(DLG_END, params, deadline);
  }
}

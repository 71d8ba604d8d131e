/** The calls that OpenSIPS carries, as its dialog module has them: read page by page, since mi_http's buffer is small. */
import type { CallLister, CallListing, ListedCall } from '../../admission/switch-ports.js';
import { partiesOf } from '../dialog-facts.js';
import { isObject } from '../json-object.js';
import { unavailable } from '../json-rpc/transport.js';
import { type CommandCaller, DLG_LIST_CTX } from './commands.js';
import { type DialogRecord, isLive, readDialog } from './dialog-record.js';

/** Beyond this many they are not read. */
const DIALOGS_MAX = 5_000;
/** With their SDP, dialogs take up to some 6 kB each; the buffer is a megabyte or more. */
const PAGE = 100;
/** Calls that end while pages are read move the others forward; as many may be gone between two pages. */
const OVERLAP = 20;
const PAGE_MS_MAX = 2_000;

export class OpensipsLister implements CallLister {
  constructor(
    readonly switchId: string,
    private readonly commands: Pick<CommandCaller, 'call'>,
    /** Milliseconds since 1970. */
    private readonly wallNow: () => number,
  ) {}

  async listCalls(): Promise<CallListing> {
    const found = new Map<string, DialogRecord>();
    for (let index = 0; ; index += PAGE - OVERLAP) {
      const { dialogs, count } = await this.#readPage(index);
      if (count > DIALOGS_MAX) return { calls: [], complete: false };
      for (const dialog of dialogs) found.set(dialog.identity, dialog);
      if (index + PAGE >= count) break;
    }
    const wallMs = this.wallNow();
    const live = [...found.values()].filter(isLive).filter(({ callId }) => callId !== '');
    return { calls: live.map((dialog) => callOf(dialog, dialog.stage, wallMs)), complete: true };
  }

  /** `{"count": 2, "Dialogs": [...]}` */
  async #readPage(index: number): Promise<{ readonly dialogs: DialogRecord[]; readonly count: number }> {
    const answer = await this.commands.call(DLG_LIST_CTX, { index, counter: PAGE }, () => PAGE_MS_MAX);
    if (!answer.ok) throw unavailable(`dlg_list_ctx: ${answer.message}`);
    const { count, Dialogs: dialogs } = isObject(answer.result) ? answer.result : {};
    if (typeof count !== 'number' || !Array.isArray(dialogs))
      throw unavailable('the answer is no list of dialogs');
    return { dialogs: dialogs.map(readDialog).filter((dialog) => dialog !== undefined), count };
  }
}

/** When the INVITE of a call came is not told: a call that rings has age 0, one that was answered the age since then. */
function callOf(dialog: DialogRecord, state: ListedCall['state'], wallMs: number): ListedCall {
  const { callId, fromTag, answeredSeconds } = dialog;
  return {
    callId,
    fromTag,
    ...partiesOf(dialog),
    state,
    ageMs: answeredSeconds === 0 ? 0 : Math.max(0, Math.round(wallMs - answeredSeconds * 1_000)),
  };
}

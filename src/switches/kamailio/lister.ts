/** The calls that Kamailio carries, as its dialog module has them. */
import type { CallLister, CallListing, ListedCall } from '../../admission/switch-ports.js';
import { partiesOf } from '../dialog-facts.js';
import { isObject } from '../json-object.js';
import type { JsonRpcClient, RpcAnswer } from '../json-rpc/client.js';
import { unavailable } from '../json-rpc/transport.js';
import { type DialogRecord, readDialog } from './dialog-record.js';

/** Kamailio writes them all at once, and holds up calls meanwhile: beyond this many they are not read. */
const DIALOGS_MAX = 5_000;
/**
 * A dialog takes about 900 bytes; one with long routes or many variables some more. So 2,000 are read over HTTP, all 5,000
 * through the FIFO, and 32 in datagrams.
 */
const DIALOG_BYTES_MAX = 2_000;
const COUNT_MS_MAX = 1_000;
const LIST_MS_MAX = 10_000;

export class KamailioLister implements CallLister {
  constructor(
    readonly switchId: string,
    private readonly rpc: Pick<JsonRpcClient, 'call' | 'answerBytesMax'>,
    /** Milliseconds since 1970. */
    private readonly wallNow: () => number,
  ) {}

  async listCalls(): Promise<CallListing> {
    const active = await this.#ask('dlg.stats_active', COUNT_MS_MAX);
    const count = isObject(active) ? Number(active['all']) : Number.NaN;
    if (count === 0) return { calls: [], complete: true };
    const listedMax = Math.min(DIALOGS_MAX, Math.floor(this.rpc.answerBytesMax / DIALOG_BYTES_MAX));
    if (!(count <= listedMax)) return { calls: [], complete: false };
    const dialogs = await this.#ask('dlg.list', LIST_MS_MAX);
    if (!Array.isArray(dialogs)) throw unavailable('the answer to dlg.list is no list');
    const wallMs = this.wallNow();
    const calls = dialogs.map(readDialog).map((dialog) => dialog && this.#callOf(dialog, wallMs));
    return { calls: calls.filter((call) => call !== undefined), complete: true };
  }

  #callOf(dialog: DialogRecord, wallMs: number): ListedCall | undefined {
    const { callId, fromTag, stage, initSeconds } = dialog;
    if (stage === 'ended' || callId === '') return undefined;
    // The second is cut off, not rounded.
    const ageMs = Math.max(0, Math.round(wallMs - initSeconds * 1_000 - 500));
    return {
      callId,
      fromTag,
      ...partiesOf(dialog),
      state: stage,
      ageMs,
    };
  }

  async #ask(method: string, deadlineMs: number): Promise<unknown> {
    const answer: RpcAnswer = await this.rpc.call(method, [], deadlineMs);
    if (answer.ok) return answer.result;
    throw unavailable(`${method}: ${answer.message}`);
  }
}

/** A dialog as the dialog module of OpenSIPS writes it (`dlg_list`, `dlg_list_ctx`; 3.0 and later). */
import type { CallState } from '../../admission/calls.js';
import { stageOf, textOf, variablesOf } from '../dialog-facts.js';
import { isObject } from '../json-object.js';

export interface DialogRecord {
  /** The dialog id, or where a version does not tell it the Call-ID: it can be ended by either. */
  readonly identity: string;
  readonly callId: string;
  readonly fromTag: string;
  readonly stage: CallState | 'ended';
  readonly fromUri: string;
  readonly toUri: string;
  /** When the call was answered, in whole seconds since 1970 by OpenSIPS's clock; 0 before that. */
  readonly answeredSeconds: number;
  /** What the script has noted with $dlg_val; only in `dlg_list_ctx`. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A dialog that is not over. */
export type LiveDialog = DialogRecord & { readonly stage: CallState };

/** @returns undefined for what is no dialog. */
export function readDialog(value: unknown): DialogRecord | undefined {
  if (!isObject(value) || typeof value['state'] !== 'number') return undefined;
  const { state, timestart, context } = value;
  return {
    identity: textOf(value['ID']) || textOf(value['callid']),
    callId: textOf(value['callid']),
    fromTag: textOf(value['caller_tag']),
    stage: stageOf(state),
    fromUri: textOf(value['from_uri']),
    toUri: textOf(value['to_uri']),
    answeredSeconds: typeof timestart === 'number' ? timestart : 0,
    variables: variablesOf(isObject(context) ? context['values'] : undefined),
  };
}

export function isLive(dialog: DialogRecord): dialog is LiveDialog {
  return dialog.stage !== 'ended';
}

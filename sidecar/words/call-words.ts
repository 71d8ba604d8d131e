/** Calls in progress in words, and what became of those that were to end. */
import { type Call, CallPhase, type DisconnectedCall } from '../../src/gen/acm/v1/calls.js';
import { listing } from './table.js';
import { roughly } from './times.js';

const PHASES: Readonly<Record<CallPhase, string>> = {
  [CallPhase.UNSPECIFIED]: '',
  [CallPhase.RINGING]: 'ringing',
  [CallPhase.ACTIVE]: 'active',
};

/** @param total how many there are, in the table or not. */
export function callTable(calls: readonly Call[], total: number): string {
  const rows = calls.map((call) => [
    stateOf(call),
    `${call.aNumber} -> ${call.bNumber}`,
    roughly(call.durationMs),
    call.switchId,
    call.sourceIp,
    call.callId,
  ]);
  return listing(['STATE', 'CALL', 'FOR', 'SWITCH', 'FROM', 'CALL-ID'], rows, {
    more: total > calls.length,
    none: 'No call is in progress, as far as the switches have told.',
  });
}

function stateOf({ phase, ending, spared }: Call): string {
  return `${PHASES[phase]}${ending ? ', being ended' : ''}${spared ? ', spared' : ''}`;
}

export function endedInWords(results: readonly DisconnectedCall[]): string {
  return results
    .map(({ callId, success, error }) => (success ? `${callId} has ended.` : `${callId}: ${error}.`))
    .join('\n');
}

/** Hangup causes by their names in FreeSWITCH, with their numbers of ITU-T Q.850. */

const Q850: Readonly<Record<string, number>> = {
  UNALLOCATED_NUMBER: 1,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  CALL_REJECTED: 21,
  NORMAL_TEMPORARY_FAILURE: 41,
  // FreeSWITCH's own, whose number in the events is that of normal clearing.
  ORIGINATOR_CANCEL: 16,
};

export function q850Of(cause: string): number {
  return Q850[cause] ?? 16;
}

/** What FreeSWITCH makes of a cause in a command: names that it does not know, and numbers, clear the call normally. */
export function causeNamed(text: string): string {
  const name = text.toUpperCase();
  return name in Q850 ? name : 'NORMAL_CLEARING';
}

/** The cause of a final response that the `respond` application sends. Statuses it has no cause for become CALL_REJECTED. */
export function causeOfStatus(status: number): string {
  if (status === 404) return 'UNALLOCATED_NUMBER';
  if (status === 486) return 'USER_BUSY';
  if (status === 503) return 'NORMAL_TEMPORARY_FAILURE';
  return 'CALL_REJECTED';
}

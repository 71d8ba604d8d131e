/**
 * Keeps the calls in progress what the switches say they are: reads their calls back when they connect, and from time
 * to time, since a report may be lost. What a switch does not have any more has ended.
 */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { AcmError } from '../errors.js';
import type { CallReports } from './call-reports.js';
import type { Calls } from './calls.js';
import type { Log } from './ports.js';
import type { CallLister, ListedCall } from './switch-ports.js';

/** A call that began later than this before the list was asked for may not have been in it, in milliseconds. */
const SETTLED_MS = 5_000;
/** Calls handled before the event loop may answer others again. */
const BATCH = 200;

export interface CallReadbackParts {
  readonly callReports: Pick<CallReports, 'report'>;
  readonly calls: Pick<Calls, 'all' | 'find' | 'end'>;
  /** Monotonic milliseconds, whole. */
  readonly now: () => number;
  readonly log: Log;
}

export class CallReadback {
  readonly #parts: CallReadbackParts;
  readonly #underWay = new Map<CallLister, Promise<void>>();

  constructor(parts: CallReadbackParts) {
    this.#parts = parts;
  }

  /** Reads the calls of one switch; while that goes on, it is not begun anew. Never rejects. */
  read(lister: CallLister): Promise<void> {
    const before = this.#underWay.get(lister);
    if (before !== undefined) return before;
    const reading = this.#read(lister)
      .catch((error: unknown) => this.#complain(lister, error))
      .finally(() => this.#underWay.delete(lister));
    this.#underWay.set(lister, reading);
    return reading;
  }

  async #read(lister: CallLister): Promise<void> {
    const askedMs = this.#parts.now();
    const { calls, complete } = await lister.listCalls();
    const added = await this.#add(calls, lister.switchId);
    const ended = complete ? await this.#endOthers(calls, lister.switchId, askedMs) : 0;
    const { switchId } = lister;
    const outcome = { switchId, listed: calls.length, complete, added, ended };
    this.#parts.log.debug(outcome, 'read back the calls of a switch');
  }

  async #add(listed: readonly ListedCall[], switchId: string): Promise<number> {
    const { callReports, calls, now } = this.#parts;
    let added = 0;
    for (const [place, call] of listed.entries()) {
      if (place % BATCH === BATCH - 1) await yieldTurn();
      if (calls.find(call.callId, call.fromTag) === undefined) added++;
      try {
        callReports.report({ ...call, switchId, trunk: '', emergency: false }, now());
      } catch (error) {
        // One strange call must not hide the others.
        if (!(error instanceof AcmError)) throw error;
        added--;
        this.#parts.log.debug({ switchId, complaint: error.message }, 'a listed call breaks a limit');
      }
    }
    return added;
  }

  async #endOthers(listed: readonly ListedCall[], switchId: string, askedMs: number): Promise<number> {
    const { calls, now } = this.#parts;
    const there = new Set(listed.map(({ callId, fromTag }) => `${callId}\n${fromTag}`));
    let ended = 0;
    let looked = 0;
    for (const call of calls.all()) {
      if (++looked % BATCH === 0) await yieldTurn();
      if (call.switchId !== switchId || call.startedMs > askedMs - SETTLED_MS) continue;
      if (there.has(`${call.callId}\n${call.fromTag}`)) continue;
      calls.end(call.callId, call.fromTag, now());
      ended++;
    }
    return ended;
  }

  #complain({ switchId }: CallLister, error: unknown): void {
    const { log } = this.#parts;
    if (error instanceof AcmError && error.transient)
      log.debug({ switchId, complaint: error.message }, 'a switch did not list its calls');
    else log.error({ switchId, err: error }, 'reading back the calls of a switch failed');
  }
}

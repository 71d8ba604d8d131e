/** What people do with calls in progress: look at them, and end some by hand. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { InvalidFieldError } from '../errors.js';
import type { Actor } from './access.js';
import { CALL_ID_MAX, checkText } from './call-attempt.js';
import { callsNamed, newestOf } from './call-walks.js';
import { callerName } from './caller-key.js';
import type { CallInProgress, CallState, Calls } from './calls.js';
import type { AdmissionState } from './check-call.js';
import type { DisconnectOutcome } from './disconnect.js';
import type { DisconnectActs, DisconnectReason, OrderedEnd } from './disconnect-acts.js';
import type { WallClock } from './ports.js';
import { checkedNumber, checkPage, checkReason } from './rule-input.js';
import type { CallToEnd, Teardown } from './teardown.js';

/** Most Call-IDs in one order. */
export const CALL_IDS_MAX = 100;
/** Most calls that are being ended by hand at a time: those of attacks must not have to wait for room. */
const UNDER_WAY_MAX = 1_000;
/** Calls described before others may be answered: about a tenth of a millisecond. */
const VIEWED_PER_TURN = 50;
/** How long an answer waits for the switches, in milliseconds. */
const CONFIRM_MS_MAX = 5_000;

/** A call in progress, as people see it. */
export interface CallInView extends Pick<CallInProgress, 'callId' | 'fromTag' | 'switchId' | 'sourceIp'> {
  /** Canonical; `anonymous` for a caller who hides their number. */
  readonly aNumber: string;
  readonly bNumber: string;
  readonly state: CallState;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** A switch is being told to end it. */
  readonly ending: boolean;
  /** It is never torn down: an exempt number, or an allowlisted caller. */
  readonly spared: boolean;
}

export interface CallQuery {
  /** Written in any way; absent for any. */
  readonly bNumber?: string | undefined;
  /** Most calls; 1 to 1,000. */
  readonly limit: number;
}

export interface CallsInView {
  /** Those that were reported last first. */
  readonly calls: readonly CallInView[];
  /** How many match. */
  readonly total: number;
}

export interface DisconnectRequest extends DisconnectReason {
  readonly callIds: readonly string[];
}

/** What became of one Call-ID. */
export interface DisconnectedCall {
  readonly callId: string;
  /** A switch has confirmed its end. */
  readonly success: boolean;
  /** Why it is not known to have ended; '' with success. */
  readonly error: string;
}

export interface CallDeskParts {
  readonly calls: Pick<Calls, 'all' | 'to' | 'find'>;
  readonly teardown: Pick<Teardown, 'order' | 'isUnderWay'>;
  readonly state: Pick<AdmissionState, 'keys' | 'trunks'>;
  readonly acts: Pick<DisconnectActs, 'writeDown'>;
  readonly wallClock: Pick<WallClock, 'dateOf'>;
  /** Monotonic milliseconds, whole. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export class CallDesk {
  /** Calls that are being ended by hand. */
  #underWay = 0;

  constructor(private readonly parts: CallDeskParts) {}

  /** @throws InvalidFieldError */
  async list({ bNumber, limit }: CallQuery): Promise<CallsInView> {
    checkPage({ limit, after: '' });
    const { calls } = this.parts;
    if (bNumber === undefined) return this.#view(await newestOf(calls.all(), limit));
    const { keys, trunks } = this.parts.state;
    const bKey = keys.acquire(checkedNumber('b_number', bNumber), trunks.fallback.plan);
    try {
      return await this.#view(await newestOf(calls.to(bKey), limit));
    } finally {
      keys.release(bKey);
    }
  }

  /**
   * Orders the end of calls, whatever the rule says of them, and waits a while for the switches. What they have not
   * confirmed by then goes on being tried (teardown.ts).
   * @returns one for each Call-ID, in the order in which they were named first.
   * @throws InvalidFieldError
   */
  async disconnect(request: DisconnectRequest, by: Actor): Promise<DisconnectedCall[]> {
    const { calls, acts, sleep } = this.parts;
    checkRequest(request);
    const callIds = [...new Set(request.callIds)];
    const named = await callsNamed(calls.all(), callIds);
    const orders = callIds.map((callId) => this.#order(callId, named.get(callId) ?? [], request.alertId));
    const written = acts.writeDown(
      orders.flatMap(({ ordered }) => ordered),
      request,
      by,
    );
    const timeUp = sleep(CONFIRM_MS_MAX);
    const results = await Promise.all(orders.map((order) => resultOf(order, timeUp)));
    await Promise.race([written, timeUp]);
    return results;
  }

  /** What no switch has told of is tried on every one: it may be there all the same. */
  #order(callId: string, found: readonly CallInProgress[], alertId: string): EndOrder {
    const toEnd = found.length === 0 ? [undefined] : found.filter((call) => !call.spared);
    const spared = found.length > 0 && toEnd.length < found.length;
    if (this.#underWay + toEnd.length > UNDER_WAY_MAX)
      return { callId, ordered: [], outcomes: [], refusal: TOO_MANY };
    return {
      callId,
      ordered: toEnd.map((call) => ({ callId, call })),
      outcomes: toEnd.map((call) => this.#tearDown(call ?? { callId, fromTag: '', switchId: '' }, alertId)),
      refusal: spared ? SPARED : '',
    };
  }

  #tearDown(call: CallToEnd, alertId: string): Promise<DisconnectOutcome> {
    this.#underWay++;
    return this.parts.teardown.order(call, { alertId, isOver: () => false }).finally(() => {
      this.#underWay--;
    });
  }

  /** Calls that have ended meanwhile are left out: the keys of their numbers may be others' by now. */
  async #view({ newest, total }: Awaited<ReturnType<typeof newestOf>>): Promise<CallsInView> {
    const views: CallInView[] = [];
    for (const [place, call] of newest.entries()) {
      if (place % VIEWED_PER_TURN === VIEWED_PER_TURN - 1) await yieldTurn();
      if (this.parts.calls.find(call.callId, call.fromTag) === call) views.push(this.#viewOf(call));
    }
    return { calls: views, total };
  }

  #viewOf(call: CallInProgress): CallInView {
    const { state, teardown, wallClock, now } = this.parts;
    const { callId, fromTag, switchId, sourceIp, aKey, bKey, startedMs, spared } = call;
    return {
      callId,
      fromTag,
      switchId,
      sourceIp,
      aNumber: callerName(state.keys.textOf(aKey)),
      bNumber: state.keys.textOf(bKey),
      state: call.state,
      startedAt: wallClock.dateOf(startedMs),
      durationMs: Math.max(0, now() - startedMs),
      ending: teardown.isUnderWay(call),
      spared,
    };
  }
}

/** What was ordered on account of one Call-ID. */
interface EndOrder {
  readonly callId: string;
  readonly ordered: readonly OrderedEnd[];
  readonly outcomes: readonly Promise<DisconnectOutcome>[];
  /** Why at least one call of it was left alone; '' if none was. */
  readonly refusal: string;
}

/** The gravest first: of several calls of one name, what may still be up. Undefined: nothing was heard in time. */
const COMPLAINTS: readonly (readonly [DisconnectOutcome | undefined, string])[] = [
  [undefined, 'not confirmed yet; it goes on being tried'],
  ['failed', 'no switch has confirmed that the call has ended'],
  ['unsupported', 'no switch is connected that could end the call'],
  ['gone', 'no switch has such a call, or not any more'],
];
const TOO_MANY = `${UNDER_WAY_MAX} calls are being ended by hand already; try again in a while`;
const SPARED = 'the call is spared: it is to an exempt number, or from an allowlisted caller';

async function resultOf(
  { callId, outcomes, refusal }: EndOrder,
  timeUp: Promise<void>,
): Promise<DisconnectedCall> {
  const heard = await Promise.all(
    outcomes.map((outcome) => Promise.race([outcome, timeUp.then(() => undefined)])),
  );
  if (refusal !== '') return { callId, success: false, error: refusal };
  const complaint = COMPLAINTS.find(([outcome]) => heard.includes(outcome))?.[1] ?? '';
  return { callId, success: complaint === '', error: complaint };
}

function checkRequest({ callIds, reason }: DisconnectRequest): void {
  if (callIds.length === 0) throw new InvalidFieldError('call_ids', 'is empty; which calls should end?');
  if (callIds.length > CALL_IDS_MAX)
    throw new InvalidFieldError('call_ids', `holds ${callIds.length}; at most ${CALL_IDS_MAX} are taken`);
  for (const [place, callId] of callIds.entries()) {
    if (callId === '') throw new InvalidFieldError(`call_ids[${place}]`, 'is empty');
    checkText(`call_ids[${place}]`, callId, CALL_ID_MAX);
  }
  checkReason(reason);
}

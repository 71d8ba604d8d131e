/** Reads the calls that FreeSWITCH carries: `show channels as json`, and `uuid_dump` for those that no event has told of. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { CallState } from '../../admission/calls.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import type { CallLister, CallListing, ListedCall } from '../../admission/switch-ports.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { attemptOf, sipCallIdOf } from './channel-attempt.js';
import { isUuid, readJsonChannel } from './channel-data.js';
import type { EventSocket } from './event-socket.js';
import type { LiveChannels } from './live-channels.js';

/** FreeSWITCH asks its database for the list. */
const LIST_MS_MAX = 20_000;
/** Most channels whose details are asked for in one go; each takes FreeSWITCH some 0.1 ms. */
const DUMPS_MAX = 5_000;
/** Dumps that wait for their answer at a time, so that other commands do not wait behind all of them. */
const DUMPS_AT_A_TIME = 32;

/** FreeSWITCH writes its list a little later than it tells of a channel, in milliseconds. */
const SETTLED_MS = 5_000;

const LISTED = z.object({
  rows: z
    .array(
      z.object({
        uuid: z.string(),
        direction: z.string(),
        created_epoch: z.string().default(''),
        callstate: z.string().default(''),
      }),
    )
    .default([]),
});

type Row = z.output<typeof LISTED>['rows'][number];

export interface ChannelListerParts {
  readonly socket: Pick<EventSocket, 'send'>;
  readonly channels: LiveChannels;
  readonly trunks: Trunks;
  readonly switchId: string;
  readonly figures: SwitchFigures;
  /** Tells that a channel is not there any more. */
  readonly gone: (uuid: string) => void;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

export class ChannelLister implements CallLister {
  readonly #parts: ChannelListerParts;
  #underWay: Promise<CallListing> | undefined;

  constructor(parts: ChannelListerParts) {
    this.#parts = parts;
  }

  get switchId(): string {
    return this.#parts.switchId;
  }

  /** Whoever asks meanwhile gets the list that is being made. @throws AcmError ACM_UNAVAILABLE */
  listCalls(): Promise<CallListing> {
    this.#underWay ??= this.#list().finally(() => {
      this.#parts.channels.forgetEnds();
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #list(): Promise<CallListing> {
    const { channels, socket, gone } = this.#parts;
    const before = channels.olderThan(SETTLED_MS);
    const ended = channels.rememberEnds();
    const rows = readRows(await socket.send('api show channels as json', LIST_MS_MAX));
    const inbound = rows.filter(({ uuid, direction }) => direction === 'inbound' && isUuid(uuid));
    const there = new Set(inbound.map(({ uuid }) => uuid));
    // Their hangup was never heard: it came while there was no connection.
    for (const { uuid } of before) if (!there.has(uuid)) gone(uuid);
    const complete = await this.#learn(inbound, ended);
    const listed = inbound.filter(({ uuid }) => !ended.has(uuid)).flatMap((row) => this.#callOf(row) ?? []);
    return { calls: listed, complete };
  }

  /** Asks for the details of channels that are not known yet. @returns false if there are too many. */
  async #learn(rows: readonly Row[], ended: ReadonlySet<string>): Promise<boolean> {
    const { channels } = this.#parts;
    const unknown = rows.filter(({ uuid }) => channels.find(uuid) === undefined);
    const asked = unknown.slice(0, DUMPS_MAX);
    for (let from = 0; from < asked.length; from += DUMPS_AT_A_TIME) {
      await Promise.all(asked.slice(from, from + DUMPS_AT_A_TIME).map((row) => this.#dump(row, ended)));
      await yieldTurn();
    }
    return asked.length === unknown.length;
  }

  async #dump({ uuid }: Row, ended: ReadonlySet<string>): Promise<void> {
    const { socket, channels, trunks, switchId, figures } = this.#parts;
    const answer = await socket.send(`api uuid_dump ${uuid} json`);
    // Its end, or its beginning, was heard while the answer was on its way.
    if (answer.startsWith('-ERR') || ended.has(uuid) || channels.find(uuid) !== undefined) return;
    const field = readJsonChannel(answer);
    if (field === undefined) {
      figures.drop('malformed');
      return;
    }
    const callId = channels.callIdFor(uuid, sipCallIdOf(field));
    channels.add(uuid, attemptOf(field, callId, switchId, trunks));
  }

  #callOf({ uuid, created_epoch, callstate }: Row): ListedCall | undefined {
    const attempt = this.#parts.channels.find(uuid)?.attempt;
    if (attempt === undefined) return undefined;
    const { callId, fromTag, aNumber, bNumber, sourceIp } = attempt;
    const createdMs = Number(created_epoch || Number.NaN) * 1_000;
    const ageMs = Math.max(0, Math.round(this.#parts.dateMs() - createdMs)) || 0;
    return { callId, fromTag, aNumber, bNumber, sourceIp, state: stateOf(callstate), ageMs };
  }
}

/** @throws AcmError ACM_UNAVAILABLE for an answer that cannot be understood. */
function readRows(answer: string): readonly Row[] {
  try {
    return LISTED.parse(JSON.parse(answer)).rows;
  } catch (error) {
    const detail = 'FreeSWITCH does not list its channels in a form that is understood';
    throw new AcmError('ACM_UNAVAILABLE', detail, { cause: error });
  }
}

/** ACTIVE, HELD and others come after the answer. */
function stateOf(callState: string): CallState {
  return ['DOWN', 'DIALING', 'RINGING', 'EARLY', 'RING_WAIT'].includes(callState) ? 'ringing' : 'answered';
}

/**
 * One call that the `socket` application of a dialplan has handed over (`async full`), on a connection of its own:
 *
 *     connect                  -> all fields of the channel
 *     api sched_del <uuid>     -> how many guards were there
 *     resume, exit                the dialplan goes on with its next action; or
 *     api uuid_transfer ...       the call is rejected, and FreeSWITCH closes the connection
 *
 * The guard is a transfer that the dialplan has scheduled, so that a mute sidecar does not hold a call for ever. Whoever takes it away
 * first decides what becomes of the call: were it let go on in both ways at once, it would be stuck. Without `resume` a call could be
 * stuck whose connection closes before FreeSWITCH has parked it.
 */
import type { Socket } from 'node:net';
import type { CallAttempt } from '../../admission/call-attempt.js';
import type { CheckedCall } from '../../admission/checked-call.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { attemptOf, sipCallIdOf } from './channel-attempt.js';
import { type ChannelData, readHeaderChannel, uuidOf } from './channel-data.js';
import { type EslFrame, EslFrameReader } from './esl-frame.js';
import { type Rejection, reasonVariables, transferToRejection } from './rejection.js';

/** From the connection to its end. The dialplan's guard has set the call free by then. */
const HELD_MS_MAX = 3_000;
/** All fields of the channel come as headers. */
const LIMITS = { headBytesMax: 262_144, bodyBytesMax: () => 65_536 };

export interface HeldCallParts {
  readonly figures: SwitchFigures;
  readonly switchId: string;
  readonly trunks: Trunks;
  /** @throws InvalidFieldError for a call that breaks a limit. */
  readonly screen: (attempt: CallAttempt) => CheckedCall;
}

/** How a screened call goes on once the guard is gone. */
interface Decision {
  readonly uuid: string;
  /** False where the call broke a limit. */
  readonly screened: boolean;
  /** Undefined for a call that goes on. */
  readonly rejection: Rejection | undefined;
}

/** Screens the call at the other end of `socket`, whatever comes from there, and closes the connection in time. */
export function holdCall(socket: Socket, parts: HeldCallParts): void {
  const timer = setTimeout(() => socket.destroy(), HELD_MS_MAX);
  socket.on('close', () => clearTimeout(timer));
  let decision: Decision | undefined;
  let carriedOut = false;
  const reader = new EslFrameReader(LIMITS, (frame) => {
    const type = frame.headers.get('content-type');
    if (decision === undefined && type === 'command/reply') decision = decide(socket, frame, parts);
    else if (decision !== undefined && !carriedOut && type === 'api/response') {
      carriedOut = true;
      carryOut(socket, decision, guardsIn(frame) > 0);
    }
    // What follows answers commands; if they failed, the call has ended.
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      parts.figures.drop('oversized');
      socket.destroy();
    }
  });
  send(socket, 'connect');
}

function decide(socket: Socket, { headers }: EslFrame, parts: HeldCallParts): Decision | undefined {
  const field = readHeaderChannel(headers);
  const uuid = uuidOf(field);
  if (uuid === undefined) {
    parts.figures.drop('malformed');
    socket.destroy();
    return undefined;
  }
  parts.figures.events++;
  const decision = { uuid, ...screen(field, uuid, parts) };
  send(socket, `api sched_del ${uuid}`);
  return decision;
}

function screen(field: ChannelData, uuid: string, parts: HeldCallParts): Omit<Decision, 'uuid'> {
  const { figures, switchId, trunks } = parts;
  try {
    const checked = parts.screen(attemptOf(field, sipCallIdOf(field) || uuid, switchId, trunks));
    if (checked.decision !== 'reject') return { screened: true, rejection: undefined };
    const { status, phrase, reasonHeader } = checked.answer;
    return { screened: true, rejection: { sipStatus: status, sipReason: phrase, reasonHeader } };
  } catch (error) {
    if (!(error instanceof AcmError)) throw error;
    figures.drop('malformed');
    return { screened: false, rejection: undefined };
  }
}

/** @param inTime whether the guard was still there; it has set the call free otherwise. */
function carryOut(socket: Socket, { uuid, screened, rejection }: Decision, inTime: boolean): void {
  const set = (name: string, value: string): void => send(socket, `api uuid_setvar ${uuid} ${name} ${value}`);
  if (screened && inTime) set('acm_unscreened', 'false');
  if (rejection !== undefined) {
    for (const [name, value] of reasonVariables(rejection)) set(name, value);
    send(socket, transferToRejection(uuid, rejection));
    return;
  }
  if (inTime) send(socket, 'resume');
  send(socket, 'exit');
}

/** `+OK Deleted: 1`. */
function guardsIn({ body }: EslFrame): number {
  return Number(/^\+OK Deleted: (\d+)/.exec(body.toString('latin1'))?.[1] ?? 0);
}

function send(socket: Socket, command: string): void {
  socket.write(`${command}\n\n`);
}

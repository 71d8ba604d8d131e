/**
 * One call that the `socket` application of a dialplan has handed over (`async full`), on a connection of its own: `connect`
 * brings its fields; then it is rejected, or the connection is closed and the dialplan goes on with its next action. That needs
 * the channel variable `socket_resume=true`, without which a call whose connection closes at once may be stuck for ever.
 */
import type { Socket } from 'node:net';
import type { CallAttempt } from '../../admission/call-attempt.js';
import type { CheckedCall } from '../../admission/checked-call.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { attemptOf, sipCallIdOf } from './channel-attempt.js';
import { readHeaderChannel, uuidOf } from './channel-data.js';
import { type EslFrame, EslFrameReader } from './esl-frame.js';
import { reasonVariables, transferToRejection } from './rejection.js';

/** From the connection to its end. The dialplan's guard has set the call free by then. */
const HELD_MS_MAX = 2_000;
/** All fields of the channel come as headers. */
const LIMITS = { headBytesMax: 262_144, bodyBytesMax: () => 65_536 };

export interface HeldCall {
  readonly figures: SwitchFigures;
  readonly switchId: string;
  readonly trunks: Trunks;
  /** @throws InvalidFieldError for a call that breaks a limit. */
  readonly screen: (attempt: CallAttempt) => CheckedCall;
}

/** Screens the call at the other end of `socket`, whatever comes from there, and closes the connection in time. */
export function holdCall(socket: Socket, call: HeldCall): void {
  const timer = setTimeout(() => socket.destroy(), HELD_MS_MAX);
  socket.on('close', () => clearTimeout(timer));
  let asked = false;
  const reader = new EslFrameReader(LIMITS, (frame) => {
    // What follows answers commands; if they failed, the call has ended.
    if (asked) return;
    asked = true;
    answer(socket, frame, call);
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      call.figures.drop('oversized');
      socket.destroy();
    }
  });
  socket.write('connect\n\n');
}

function answer(socket: Socket, { headers }: EslFrame, call: HeldCall): void {
  const { figures, switchId, trunks, screen } = call;
  const field = readHeaderChannel(headers);
  const uuid = uuidOf(field);
  if (uuid === undefined) {
    figures.drop('malformed');
    socket.destroy();
    return;
  }
  figures.events++;
  const send = (command: string): void => void socket.write(`${command}\n\n`);
  const set = (name: string, value: string): void => send(`api uuid_setvar ${uuid} ${name} ${value}`);
  try {
    const checked = screen(attemptOf(field, sipCallIdOf(field) || uuid, switchId, trunks));
    // Without this variable the dialplan's guard has set the call free already: the verdict comes too late to hold it.
    if (field('variable_socket_resume') === 'true') set('acm_unscreened', 'false');
    if (checked.decision !== 'reject') {
      send('exit');
      return;
    }
    const { status: sipStatus, phrase: sipReason, reasonHeader } = checked.answer;
    const rejection = { sipStatus, sipReason, reasonHeader };
    for (const [name, value] of reasonVariables(rejection)) set(name, value);
    // FreeSWITCH closes the connection when the call has ended; the rejection must not be taken for the end of the hold.
    set('socket_resume', 'false');
    send(transferToRejection(uuid, rejection));
  } catch (error) {
    if (!(error instanceof AcmError)) throw error;
    figures.drop('malformed');
    send('exit');
  }
}

/** Takes the events of channels: calls that come in, are answered and end. */
import type { CallIntake } from '../../admission/call-intake.js';
import type { CallState } from '../../admission/calls.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { attemptOf, isInbound, sipCallIdOf } from './channel-attempt.js';
import { type ChannelData, readJsonChannel, uuidOf } from './channel-data.js';
import type { LiveChannels } from './live-channels.js';

/** The dialplan marks with this variable calls that went on without a verdict. */
const UNSCREENED = 'variable_acm_unscreened';

export interface ChannelWatchParts {
  readonly channels: LiveChannels;
  readonly trunks: Trunks;
  readonly switchId: string;
  readonly figures: SwitchFigures;
}

export class ChannelWatch {
  readonly #parts: ChannelWatchParts;
  #intake: Pick<CallIntake, 'observe' | 'report'> | undefined;

  constructor(parts: ChannelWatchParts) {
    this.#parts = parts;
  }

  /** From here on, what is told goes to `intake`. */
  start(intake: Pick<CallIntake, 'observe' | 'report'>): void {
    this.#intake = intake;
  }

  /** Takes one event, whatever is in it. */
  take(body: Buffer): void {
    const { figures } = this.#parts;
    const field = readJsonChannel(body.toString('utf8'));
    const uuid = field && uuidOf(field);
    if (field === undefined || uuid === undefined) {
      figures.drop('malformed');
      return;
    }
    figures.events++;
    if (!isInbound(field)) return;
    const event = field('Event-Name');
    if (event === 'CHANNEL_CREATE') this.#observe(uuid, field, 'ringing');
    else if (event === 'CHANNEL_ANSWER') this.#observe(uuid, field, 'answered');
    else if (event === 'CHANNEL_HANGUP') this.#end(uuid, field);
    else if (event === 'CHANNEL_HANGUP_COMPLETE') {
      if (field(UNSCREENED) === 'true') figures.unscreened++;
      this.#end(uuid, field);
    }
  }

  /** The channel is not there any more, as was found by asking. */
  gone(uuid: string): void {
    const channel = this.#parts.channels.find(uuid);
    if (channel === undefined) return;
    this.#parts.channels.end(uuid);
    this.#intake?.report({ ...channel.attempt, state: 'ended', ageMs: 0 });
  }

  #observe(uuid: string, field: ChannelData, state: CallState): void {
    const { channels, trunks, switchId } = this.#parts;
    const known = channels.find(uuid);
    const callId = channels.callIdFor(uuid, sipCallIdOf(field));
    const attempt = known?.attempt ?? attemptOf(field, callId, switchId, trunks);
    if (known === undefined) channels.add(uuid, attempt);
    this.#tell(() => this.#intake?.observe(attempt, state));
  }

  #end(uuid: string, field: ChannelData): void {
    const { channels, trunks, switchId } = this.#parts;
    const known = channels.find(uuid);
    const attempt =
      known?.attempt ?? attemptOf(field, channels.callIdFor(uuid, sipCallIdOf(field)), switchId, trunks);
    // Told first, so that whoever waits finds the call ended.
    this.#tell(() => this.#intake?.report({ ...attempt, state: 'ended', ageMs: 0 }));
    channels.end(uuid);
  }

  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      this.#parts.figures.drop('malformed');
    }
  }
}

/** Ends calls on FreeSWITCH. Only the hangup event confirms that; what a command answers does not. */
import type { DisconnectOrder, DisconnectOutcome } from '../../admission/disconnect.js';
import type { SwitchControl } from '../../admission/ports.js';
import { AcmError } from '../../errors.js';
import { isUuid } from './channel-data.js';
import type { ChannelLister } from './channel-lister.js';
import type { EventSocket } from './event-socket.js';
import type { LiveChannel, LiveChannels } from './live-channels.js';
import { causeFor, type Rejection, reasonVariables, transferToRejection } from './rejection.js';

/** How long a hangup may take to be heard of. */
const CONFIRMED_MS_MAX = 3_000;
/** The channel variables that name the leg on the other side: of an answered call, and of one that rings. */
const OTHER_LEG = ['signal_bond', 'originate_signal_bond'];

export interface FreeswitchControlParts {
  readonly socket: Pick<EventSocket, 'send' | 'up'>;
  readonly channels: LiveChannels;
  readonly lister: Pick<ChannelLister, 'listCalls'>;
  readonly switchId: string;
  /** Tells that a channel is not there any more. */
  readonly gone: (uuid: string) => void;
  readonly confirmedMsMax?: number;
}

export class FreeswitchControl implements SwitchControl {
  readonly name = 'freeswitch';
  readonly #parts: FreeswitchControlParts;

  constructor(parts: FreeswitchControlParts) {
    this.#parts = parts;
  }

  carries(switchId: string): boolean {
    return switchId === this.#parts.switchId;
  }

  disconnect(order: DisconnectOrder): Promise<DisconnectOutcome> {
    const { confirmedMsMax = CONFIRMED_MS_MAX, socket } = this.#parts;
    if (!socket.up) return Promise.resolve('failed');
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('failed'), confirmedMsMax);
      this.#end(order)
        .catch((error: unknown) => {
          if (!(error instanceof AcmError)) throw error;
          return 'failed' as const;
        })
        .then((outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        });
    });
  }

  async #end(order: DisconnectOrder): Promise<DisconnectOutcome> {
    const channel = await this.#find(order.callId);
    if (channel === undefined || channel.attempt.fromTag !== order.fromTag) return 'gone';
    const hangup = this.#hangupOf(channel);
    try {
      const otherLeg = await this.#otherLegOf(channel);
      const answer = await this.#order(channel, otherLeg, order);
      if (answer.startsWith('-ERR No such channel')) return this.#missing(channel);
      if (!(await hangup.heard)) return 'failed';
      await this.#endOther(otherLeg, order);
      return 'ended';
    } finally {
      hangup.forget();
    }
  }

  /** Listens for the hangup from now on; `heard` becomes false when it has taken too long. */
  #hangupOf({ uuid }: LiveChannel): { readonly heard: Promise<boolean>; forget(): void } {
    const { channels, confirmedMsMax = CONFIRMED_MS_MAX } = this.#parts;
    let forget = (): void => undefined;
    const heard = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), confirmedMsMax);
      const stopWaiting = channels.whenEnded(uuid, () => resolve(true));
      forget = () => {
        clearTimeout(timer);
        stopWaiting();
      };
    });
    return { heard, forget };
  }

  /** A call that no event has told of may be there all the same. */
  async #find(callId: string): Promise<LiveChannel | undefined> {
    const { channels, lister } = this.#parts;
    const known = channels.findCall(callId);
    if (known !== undefined) return known;
    await lister.listCalls();
    return channels.findCall(callId);
  }

  async #otherLegOf({ uuid }: LiveChannel): Promise<string | undefined> {
    const { socket } = this.#parts;
    const answers = await Promise.all(
      OTHER_LEG.map((name) => socket.send(`api uuid_getvar ${uuid} ${name}`)),
    );
    return answers.map((answer) => answer.trim()).find((answer) => answer !== '_undef_' && isUuid(answer));
  }

  /** The second time it is killed: something in the dialplan may have taken it back. */
  #order(channel: LiveChannel, otherLeg: string | undefined, rejection: Rejection): Promise<string> {
    const { socket } = this.#parts;
    const told = [channel.uuid, ...(otherLeg === undefined ? [] : [otherLeg])].flatMap((leg) =>
      reasonVariables(rejection).map(([name, value]) =>
        socket.send(`api uuid_setvar ${leg} ${name} ${value}`),
      ),
    );
    const ended =
      channel.orders++ === 0
        ? socket.send(transferToRejection(channel.uuid, rejection))
        : socket.send(`api uuid_kill ${channel.uuid} ${causeFor(rejection)}`);
    // All of them at once: when the connection is lost, each fails, and none may do so unheard.
    return Promise.all([ended, ...told]).then(([answer]) => answer);
  }

  /** It hung up between the look-up and the order, and its event may have been lost. */
  #missing({ uuid }: LiveChannel): DisconnectOutcome {
    const { channels, gone } = this.#parts;
    if (channels.find(uuid) !== undefined) gone(uuid);
    return 'gone';
  }

  /** FreeSWITCH ends the other leg by itself, unless its dialplan keeps it. */
  async #endOther(otherLeg: string | undefined, rejection: Rejection): Promise<void> {
    if (otherLeg === undefined) return;
    await this.#parts.socket.send(`api uuid_kill ${otherLeg} ${causeFor(rejection)}`);
  }
}

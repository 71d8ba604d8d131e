/** The connector to one FreeSWITCH over its event socket: calls come in by events, and are listed and ended by commands. */
import type { CallIntake } from '../../admission/call-intake.js';
import type { Log } from '../../admission/ports.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import type { Trunks } from '../../admission/trunks.js';
import { ChannelLister } from './channel-lister.js';
import { ChannelWatch } from './channel-watch.js';
import { FreeswitchControl } from './control.js';
import { EventSocket, type EventSocketAddress } from './event-socket.js';
import { LiveChannels } from './live-channels.js';

export interface EventConnectorOptions {
  readonly address: EventSocketAddress;
  readonly switchId: string;
  readonly trunks: Trunks;
  readonly log: Log;
}

export class FreeswitchEventConnector implements SwitchConnector {
  readonly figures = new SwitchFigures('freeswitch');
  readonly control: FreeswitchControl;
  readonly lister: ChannelLister;
  readonly #watch: ChannelWatch;
  readonly #socket: EventSocket;

  constructor({ address, switchId, trunks, log }: EventConnectorOptions) {
    const { figures } = this;
    const channels = new LiveChannels(() => performance.now());
    const common = { channels, trunks, switchId, figures };
    const socket = new EventSocket(address, figures, log);
    const watch = new ChannelWatch(common);
    const gone = (uuid: string): void => watch.gone(uuid);
    this.#socket = socket;
    this.#watch = watch;
    this.lister = new ChannelLister({ ...common, socket, gone, dateMs: Date.now });
    this.control = new FreeswitchControl({ socket, channels, lister: this.lister, switchId, gone });
  }

  async start(intake: CallIntake, connected: () => void): Promise<void> {
    this.#watch.start(intake);
    this.#socket.start({ subscribed: connected, event: (body) => this.#watch.take(body) });
  }

  async stop(): Promise<void> {
    this.#socket.stop();
  }
}

/** Kamailio by its JSON-RPC: calls are ended and listed, and it is asked from time to time whether it is there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallIntake } from '../../admission/call-intake.js';
import type { DisconnectOrder } from '../../admission/disconnect.js';
import type { Log } from '../../admission/ports.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import { Heartbeat } from '../heartbeat.js';
import { isObject } from '../json-object.js';
import { transportTo } from '../json-rpc/address.js';
import { JsonRpcClient } from '../json-rpc/client.js';
import { unavailable } from '../json-rpc/transport.js';
import { KamailioControl } from './control.js';
import type { DialogRecord } from './dialog-record.js';
import { KamailioLister } from './lister.js';
import { mayLoseSecondBye, secondBye } from './second-bye.js';
import { UNSCREENED_STATISTIC, UnscreenedCount } from './unscreened-count.js';

const BEAT_MS_MAX = 2_000;
const HANG_UP_MS_MAX = 1_000;

export interface KamailioOptions {
  /** As transportTo() takes it. */
  readonly address: string;
  readonly switchId: string;
  readonly log: Log;
}

export class KamailioConnector implements SwitchConnector {
  readonly figures: SwitchFigures;
  readonly control: KamailioControl;
  readonly lister: KamailioLister;
  readonly #rpc: JsonRpcClient;
  readonly #log: Log;
  readonly #unscreened = new UnscreenedCount();
  /** When the Kamailio that answered last was started, in its own words. */
  #upSince: unknown;
  #mayLoseSecondBye = true;
  #heartbeat: Heartbeat | undefined;

  constructor({ address, switchId, log }: KamailioOptions) {
    this.#log = log;
    this.figures = new SwitchFigures(switchId);
    const onDrop = this.figures.drop.bind(this.figures);
    this.#rpc = new JsonRpcClient(transportTo(address, onDrop), onDrop);
    this.control = new KamailioControl({
      switchId,
      rpc: this.#rpc,
      hangUpAgain: (dialog, order) => this.#hangUpAgain(dialog, order),
      now: () => performance.now(),
      sleep: delay,
    });
    this.lister = new KamailioLister(switchId, this.#rpc, Date.now);
  }

  async start(_intake: CallIntake, connected: () => void): Promise<void> {
    const { figures } = this;
    this.#heartbeat = new Heartbeat({ figures, log: this.#log, connected, beat: () => this.#beat() });
    this.#heartbeat.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#heartbeat?.stop(), this.#rpc.close()]);
  }

  async #beat(): Promise<boolean> {
    const uptime = await this.#rpc.call('core.uptime', [], BEAT_MS_MAX);
    if (!uptime.ok) throw unavailable(`core.uptime: ${uptime.message}`);
    const upSince = isObject(uptime.result) ? uptime.result['up_since'] : undefined;
    const isNewLife = this.#upSince !== undefined && upSince !== this.#upSince;
    if (upSince !== this.#upSince) await this.#lookAtVersion();
    this.#upSince = upSince;
    const fetched = await this.#rpc.call('stats.fetch', [UNSCREENED_STATISTIC], BEAT_MS_MAX);
    // A script without the statistic counts nothing.
    if (fetched.ok) this.figures.unscreened += this.#unscreened.take(fetched.result, isNewLife);
    return isNewLife;
  }

  async #lookAtVersion(): Promise<void> {
    const version = await this.#rpc.call('core.version', [], BEAT_MS_MAX);
    this.#mayLoseSecondBye = !version.ok || mayLoseSecondBye(String(version.result));
  }

  async #hangUpAgain(dialog: DialogRecord, order: DisconnectOrder): Promise<void> {
    const bye = this.#mayLoseSecondBye ? secondBye(dialog, order) : undefined;
    if (bye !== undefined) await this.#rpc.call('tm.t_uac_start', bye, HANG_UP_MS_MAX);
  }
}

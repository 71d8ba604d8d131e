/** Kamailio by its JSON-RPC. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../admission/ports.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import { DialogControl } from '../dialog-control.js';
import { isObject } from '../json-object.js';
import { transportTo } from '../json-rpc/address.js';
import { JsonRpcClient } from '../json-rpc/client.js';
import { unavailable } from '../json-rpc/transport.js';
import { type Pulse, RpcConnector } from '../rpc-connector.js';
import { UNSCREENED_STATISTIC } from '../unscreened-count.js';
import { KamailioDialogs } from './dialogs.js';
import { KamailioLister } from './lister.js';
import { mayLoseSecondBye } from './second-bye.js';

const ASK_MS_MAX = 2_000;

export interface KamailioOptions {
  /** As transportTo() takes it. */
  readonly address: string;
  readonly switchId: string;
  readonly log: Log;
}

export function connectKamailio({ address, switchId, log }: KamailioOptions): SwitchConnector {
  const figures = new SwitchFigures('kamailio');
  const onDrop = figures.drop.bind(figures);
  const rpc = new JsonRpcClient(transportTo(address, onDrop), onDrop);
  const pulse = new KamailioPulse(rpc);
  return new RpcConnector({
    figures,
    control: new DialogControl({
      name: 'kamailio',
      switchId,
      dialogs: new KamailioDialogs(rpc, () => mayLoseSecondBye(pulse.version)),
      now: () => performance.now(),
      sleep: delay,
    }),
    lister: new KamailioLister(switchId, rpc, Date.now),
    rpc,
    pulse,
    log,
  });
}

class KamailioPulse implements Pulse {
  /** As core.version has it; '' as long as that is not known. */
  version = '';

  constructor(private readonly rpc: JsonRpcClient) {}

  async startedAt(): Promise<string> {
    const uptime = await this.rpc.call('core.uptime', [], ASK_MS_MAX);
    if (!uptime.ok) throw unavailable(`core.uptime: ${uptime.message}`);
    return isObject(uptime.result) ? String(uptime.result['up_since']) : '';
  }

  async started(): Promise<void> {
    const version = await this.rpc.call('core.version', [], ASK_MS_MAX);
    this.version = version.ok ? String(version.result) : '';
  }

  async unscreened(): Promise<unknown> {
    const fetched = await this.rpc.call('stats.fetch', [UNSCREENED_STATISTIC], ASK_MS_MAX);
    return fetched.ok ? fetched.result : undefined;
  }
}

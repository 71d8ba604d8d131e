/** OpenSIPS by its management interface over HTTP (mi_http). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../admission/ports.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import { DialogControl } from '../dialog-control.js';
import { isObject } from '../json-object.js';
import { JsonRpcClient } from '../json-rpc/client.js';
import { HttpTransport } from '../json-rpc/http-transport.js';
import { unavailable } from '../json-rpc/transport.js';
import { type Pulse, RpcConnector } from '../rpc-connector.js';
import { UNSCREENED_STATISTIC } from '../unscreened-count.js';
import { CommandCaller } from './commands.js';
import { OpensipsDialogs } from './dialogs.js';
import { OpensipsLister } from './lister.js';

const ASK_MS_MAX = 2_000;

export interface OpensipsOptions {
  /** Where mi_http listens, with its root, for example `http://127.0.0.1:8888/mi`. */
  readonly url: string;
  readonly switchId: string;
  readonly log: Log;
}

export function connectOpensips({ url, switchId, log }: OpensipsOptions): SwitchConnector {
  const figures = new SwitchFigures('opensips');
  const onDrop = figures.drop.bind(figures);
  const rpc = new JsonRpcClient(new HttpTransport(url, onDrop), onDrop);
  const commands = new CommandCaller(rpc);
  return new RpcConnector({
    figures,
    control: new DialogControl({
      name: 'opensips',
      switchId,
      dialogs: new OpensipsDialogs(commands),
      now: () => performance.now(),
      sleep: delay,
    }),
    lister: new OpensipsLister(switchId, commands, Date.now),
    rpc,
    pulse: pulseOf(rpc),
    log,
  });
}

function pulseOf(rpc: JsonRpcClient): Pulse {
  return {
    /** `{"Now": "...", "Up since": "Wed Nov 25 03:12:13 2026", "Up time": "7 [sec]"}` */
    async startedAt() {
      const uptime = await rpc.call('uptime', {}, ASK_MS_MAX);
      if (!uptime.ok) throw unavailable(`uptime: ${uptime.message}`);
      return isObject(uptime.result) ? String(uptime.result['Up since']) : '';
    },
    async unscreened() {
      const fetched = await rpc.call('get_statistics', { statistics: [UNSCREENED_STATISTIC] }, ASK_MS_MAX);
      return fetched.ok ? fetched.result : undefined;
    },
  };
}

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExchangingSidecar } from '../support/luma/exchanging-sidecar.js';
import { LumaServer } from '../support/luma/luma-server.js';
import { until } from '../support/until.js';

interface Context {
  server: LumaServer;
  sidecars: ExchangingSidecar[];
}

const exchange = suite<Context>('reconcile/window-exchange');

exchange.before.each(async (context) => {
  context.server = await LumaServer.start();
  context.sidecars = [];
});
exchange.after.each(async ({ server, sidecars }) => {
  await Promise.all(sidecars.map((sidecar) => sidecar.exchange.stop()));
  server.close();
});

function add({ server, sidecars }: Context, name: string, now?: () => number): ExchangingSidecar {
  const sidecar = new ExchangingSidecar({ address: server.address, name, ...(now ? { now } : {}) });
  sidecars.push(sidecar);
  sidecar.exchange.start();
  return sidecar;
}

const isReconciled = ({ exchange }: ExchangingSidecar): boolean => exchange.state === 'reconciled';
const allReconciled = ({ sidecars }: Context): Promise<void> =>
  until(() => sidecars.every(isReconciled), 'all are reconciled');

exchange('tells the others of each call, with its time in their clock', async (context) => {
  const one = add(context, 'one');
  const two = add(context, 'two', () => performance.now() - 1_000_000);
  const three = add(context, 'three', () => performance.now() + 5_000);
  await allReconciled(context);
  one.call('2348031', '1001');
  two.call('2348031', '1002');
  three.call('sip-name', 'A003');
  for (const each of [one, two, three]) await until(() => each.window.size === 3, 'all calls are known');
  const times = [one, two, three].map((each) => each.window.get('2348031 1001')! - each.now());
  assert.ok(Math.max(...times) - Math.min(...times) < 50, `ages ${times}`);
  assert.ok(one.ticks > 0);
});

exchange.run();

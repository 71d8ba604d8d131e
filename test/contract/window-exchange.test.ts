/** Exchanges of several sidecars through the real gateway, over both databases. */
import { suite, type Context as UvuContext } from 'uvu';
import * as assert from 'uvu/assert';
import { freeTcpPort } from '../support/free-port.js';
import { type GatewayHome, HOMES, startTestGateway, type TestGateway } from '../support/gateway-fixture.js';
import { ExchangingSidecar } from '../support/luma/exchanging-sidecar.js';
import { until } from '../support/until.js';

interface Context extends UvuContext {
  home: GatewayHome;
  env: Record<string, string>;
  gateway: TestGateway | undefined;
  sidecars: ExchangingSidecar[];
}

for (const [kind, makeHome] of Object.entries(HOMES)) {
  const exchange = suite<Context>(`contract/window-exchange over ${kind}`);

  exchange.before.each(async (context) => {
    context.home = await makeHome();
    context.env = { ACM_GATEWAY_ADDRESS: `127.0.0.1:${await freeTcpPort()}` };
    context.gateway = await startTestGateway(context.home, context.env);
    context.sidecars = [];
  });
  exchange.after.each(async ({ home, gateway, sidecars }) => {
    await Promise.all(sidecars.map((sidecar) => sidecar.exchange.stop()));
    await gateway?.stop();
    await home.remove();
  });

  exchange('tells all sidecars of all calls, with names and numbers, and who stops', async (context) => {
    const sidecars = await startThree(context);
    for (const [i, sidecar] of sidecars.entries()) {
      sidecar.call('2348031', `100${i}`);
      sidecar.call('a name', `A00${i}`);
    }
    await untilAllKnow(sidecars, 6);
    await sidecars[0].exchange.stop();
    await until(() => sidecars[1].signedOffs.includes('sidecar 0'), 'the stop is told');
  });

  exchange('tells one that starts later what is in the window', async (context) => {
    const [one] = await startThree(context);
    for (let i = 0; i < 500; i++) one.call('2348031', String(2_348_000_000_000 + i));
    await until(() => one.exchange.figures.observationsSent >= 500, 'the calls are stored');
    const late = start(context, 'late');
    await untilReconciled([late]);
    assert.is(late.window.size, 500);
  });

  exchange('comes back by itself when the gateway does', async (context) => {
    const sidecars = await startThree(context);
    await context.gateway?.stop();
    context.gateway = undefined;
    await until(() => sidecars.every((each) => each.exchange.state === 'away'), 'all know that it is gone');
    for (const [i, sidecar] of sidecars.entries()) sidecar.call('2348031', `100${i}`);
    context.gateway = await startTestGateway(context.home, context.env);
    await untilReconciled(sidecars);
    await untilAllKnow(sidecars, 3);
  });

  if (kind === 'postgresql') {
    exchange('tells everything again when PostgreSQL has crashed and lost it', async (context) => {
      const sidecars = await startThree(context);
      for (const [i, sidecar] of sidecars.entries()) sidecar.call('2348031', `100${i}`);
      await untilAllKnow(sidecars, 3);
      await context.home.server?.restart();
      const late = start(context, 'late');
      await untilReconciled([...sidecars, late]);
      await untilAllKnow([late], 3);
      for (const sidecar of sidecars) assert.ok(sidecar.rewinds > 0);
    });
  }

  exchange.run();
}

function start({ sidecars, env }: Context, name: string): ExchangingSidecar {
  const origin = sidecars.length * 1_000_000;
  const sidecar = new ExchangingSidecar({
    address: env['ACM_GATEWAY_ADDRESS'],
    name,
    now: () => performance.now() - origin,
  });
  sidecars.push(sidecar);
  sidecar.exchange.start();
  return sidecar;
}

async function startThree(context: Context): Promise<ExchangingSidecar[]> {
  const three = [0, 1, 2].map((i) => start(context, `sidecar ${i}`));
  await untilReconciled(three);
  return three;
}

function untilReconciled(sidecars: readonly ExchangingSidecar[]): Promise<void> {
  return until(() => sidecars.every(({ exchange }) => exchange.state === 'reconciled'), 'all are reconciled');
}

function untilAllKnow(sidecars: readonly ExchangingSidecar[], calls: number): Promise<void> {
  return until(() => sidecars.every(({ window }) => window.size === calls), 'all calls are known');
}

/** Three windows against an oracle over all calls, while LumaDB, the network and the clocks misbehave. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Relay, startRelay } from '../support/freeswitch/relay.js';
import { ExchangingSidecar, WINDOW_MS } from '../support/luma/exchanging-sidecar.js';
import { LumaServer } from '../support/luma/luma-server.js';
import { until } from '../support/until.js';

interface Context {
  server: LumaServer;
  relays: Relay[];
  sidecars: ExchangingSidecar[];
  /** Newest time of each pair, by performance.now(). */
  oracle: Map<string, number>;
}

const convergence = suite<Context>('reconcile/convergence');

/** The origins of the sidecars' clocks, which have nothing to do with each other. */
const ORIGINS_MS = [0, -3_000_000, 86_400_000];
/** What two clocks may be apart by: loopback's round trips, and turns of a busy machine. */
const ERROR_MS = 400;

convergence.before.each(async (context) => {
  context.server = await LumaServer.start();
  context.relays = [];
  context.sidecars = [];
  context.oracle = new Map();
  for (const [i, originMs] of ORIGINS_MS.entries()) {
    const relay = await startRelay(() => context.server.port);
    const sidecar = new ExchangingSidecar({
      address: `127.0.0.1:${relay.port}`,
      name: `sidecar ${i}`,
      now: () => performance.now() + originMs,
    });
    context.relays.push(relay);
    context.sidecars.push(sidecar);
    sidecar.exchange.start();
  }
  await allReconciled(context);
});

convergence.after.each(async ({ server, sidecars, relays }) => {
  await Promise.all(sidecars.map(({ exchange }) => exchange.stop()));
  server.close();
  await Promise.all(relays.map((relay) => relay.close()));
});

function allReconciled({ sidecars }: Context): Promise<void> {
  return until(() => sidecars.every(({ exchange }) => exchange.state === 'reconciled'), 'all are reconciled');
}

/** Callers come in at the sidecars in turn, some of them twice, and some of them are names. */
function attack({ sidecars, oracle }: Context, b: string, callers: number): void {
  for (let i = 0; i < callers; i++) {
    const a = i % 7 === 3 ? `A00${i}` : String(2_348_000_000_000 + i);
    for (const sidecar of [sidecars[i % 3], ...(i % 5 === 0 ? [sidecars[(i + 1) % 3]] : [])]) {
      sidecar.call(b, a);
      oracle.set(`${b} ${a}`, performance.now());
    }
  }
}

/** Everybody knows what is still in the window, at the right time. */
async function expectConverged(context: Context): Promise<void> {
  const { sidecars, oracle } = context;
  const oldestMs = performance.now() - WINDOW_MS + 1_000;
  const due = [...oracle].filter(([, timeMs]) => timeMs >= oldestMs);
  assert.ok(due.length > 0, 'something is due');
  for (const [i, sidecar] of sidecars.entries()) {
    const errorOf = ([pair, timeMs]: readonly [string, number]): number =>
      Math.abs((sidecar.window.get(pair) ?? Number.NaN) - ORIGINS_MS[i] - timeMs);
    await until(() => due.every((entry) => errorOf(entry) <= ERROR_MS), `sidecar ${i} knows all of them`);
    for (const pair of sidecar.window.keys()) assert.ok(oracle.has(pair), `${pair} was called`);
  }
}

convergence('comes about when all is well', async (context) => {
  attack(context, '2348031', 300);
  await expectConverged(context);
});

convergence('comes about with delays, and rows that are committed late', async (context) => {
  context.server.delayMs = 80;
  context.server.lateMs = 150;
  for (let i = 0; i < 5; i++) {
    const before = context.server.published;
    attack(context, `234803${i}`, 30);
    await until(() => context.server.published > before + 3, 'deltas come in');
  }
  await expectConverged(context);
});

convergence('comes about within a second of the end of a cut', async (context) => {
  const { relays, sidecars } = context;
  const [lost] = sidecars;
  relays[0].freeze();
  await until(() => lost.exchange.state === 'away', 'it is cut off');
  attack(context, '2348031', 60);
  await until(() => sidecars[1].window.size > 35, 'the others go on');
  assert.ok(lost.window.size < 35, 'it knows only its own');
  relays[0].thaw();
  const healedMs = performance.now();
  await until(() => lost.exchange.state === 'reconciled', 'it is back');
  assert.ok(performance.now() - healedMs < 3_000, 'soon');
  await expectConverged(context);
});

convergence('comes about after the server was killed in the middle of an attack', async (context) => {
  const { server, sidecars } = context;
  attack(context, '2348031', 30);
  server.kill();
  attack(context, '2348032', 30);
  await until(() => sidecars.every(({ exchange }) => exchange.state === 'away'), 'all know it');
  attack(context, '2348033', 30);
  await server.listen();
  await allReconciled(context);
  await expectConverged(context);
});

convergence('comes about after the store has lost everything in the middle of an attack', async (context) => {
  const { server } = context;
  attack(context, '2348031', 30);
  server.loseEverything();
  attack(context, '2348032', 30);
  await expectConverged(context);
  assert.is(context.sidecars[0].exchange.figures.reconnects, 0);
});

convergence("comes about when the store's clock jumps in the middle of an attack", async (context) => {
  attack(context, '2348031', 30);
  context.server.skewMs = 5_000;
  attack(context, '2348032', 30);
  await expectConverged(context);
});

convergence('tells thousands of calls in several deltas', async (context) => {
  const { sidecars, oracle } = context;
  for (let i = 0; i < 20_000; i++) sidecars[0].call('2348031', String(2_348_000_000_000 + i));
  for (const pair of sidecars[0].window.keys()) oracle.set(pair, sidecars[0].window.get(pair)!);
  await expectConverged(context);
  assert.ok(sidecars[1].exchange.figures.bytesReceived < 20 * 20_000 + 100_000, 'at most 20 bytes each');
});

convergence.run();

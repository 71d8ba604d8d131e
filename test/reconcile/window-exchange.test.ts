import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Seal } from '../../src/reconcile/sealed-news.js';
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
  await until(
    () => context.sidecars.every(({ exchange }) => exchange.figures.published > 20),
    'clocks are known well',
  );
  one.call('2348031', '1001');
  two.call('2348031', '1002');
  three.call('sip-name', 'A003');
  for (const each of [one, two, three]) await until(() => each.window.size === 3, 'all calls are known');
  const times = [one, two, three].map((each) => each.window.get('2348031 1001')! - each.now());
  assert.ok(Math.max(...times) - Math.min(...times) < 400, `ages ${times}`);
  assert.ok(one.ticks > 0);
});

exchange('tells a sidecar that starts later what is still in the window', async (context) => {
  const one = add(context, 'one');
  await allReconciled(context);
  for (let i = 0; i < 50; i++) one.call('2348031', `100${i}`);
  await until(() => one.exchange.figures.observationsSent >= 50, 'the calls are stored');
  const two = add(context, 'two');
  await until(() => isReconciled(two), 'the second one is reconciled');
  assert.is(two.window.size, 50, 'all are known by then');
});

exchange('sends empty deltas, by which the others see that it is there', async (context) => {
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  const before = two.exchange.figures.received;
  await until(() => two.exchange.figures.received >= before + 5, 'five more have come');
  const ageMs = two.now() - two.aliveMs.get('one')!;
  assert.ok(ageMs >= 0 && ageMs < 1_000, `${ageMs} ms`);
  assert.is(one.exchange.figures.observationsSent, 0);
});

exchange('signs off when it stops', async (context) => {
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  one.call('2348031', '1001');
  await one.exchange.stop();
  await until(() => two.signedOffs.includes('one'), 'the other one has heard it');
  assert.ok(two.knows('2348031', '1001'), 'what it knew last has been told before');
});

exchange(
  'polls where there are no streams, also when rows are committed late and out of order',
  async (context) => {
    const { server } = context;
    server.hasStream = false;
    const one = add(context, 'one');
    const two = add(context, 'two');
    await allReconciled(context);
    server.lateMs = 200;
    await expectAllTold(one, two);
    assert.is(server.streams, 0);
    assert.ok(server.polls > 0);
  },
);

exchange('stays reconciled while it polls', async (context) => {
  const { server } = context;
  server.hasStream = false;
  const one = add(context, 'one');
  await allReconciled(context);
  const beganMs = performance.now();
  await until(() => performance.now() - beganMs > 2_500, 'a silent stream would have been cut');
  assert.equal(one.states, ['catching-up', 'reconciled']);
});

exchange('misses nothing on a stream of rows that are committed late', async (context) => {
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  context.server.lateMs = 200;
  await expectAllTold(one, two);
});

exchange('goes on where it was after the server has been killed and is back', async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  server.kill();
  await until(() => context.sidecars.every(({ exchange }) => exchange.state === 'away'), 'both know it');
  one.call('2348031', '1001');
  two.call('2348031', '1002');
  assert.match(one.exchange.detail, /LumaDB/);
  await server.listen();
  const backMs = performance.now();
  await allReconciled(context);
  assert.ok(performance.now() - backMs < 3_000, 'soon');
  await until(() => one.window.size === 2 && two.window.size === 2, 'both know both calls');
  assert.is(one.exchange.figures.reconnects, 1);
});

exchange('finds out that the server is frozen, and loses nothing by it', async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  server.frozen = true;
  one.call('2348031', '1001');
  await until(() => one.exchange.state === 'away', 'it is away');
  assert.match(one.exchange.detail, /does not answer in time/);
  server.frozen = false;
  await until(() => two.knows('2348031', '1001'), 'the call is told');
});

exchange('opens a stream anew on which nothing comes', async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  server.mute = true;
  one.call('2348031', '1001');
  const before = server.streams;
  await until(() => server.streams > before, 'another stream has been opened');
  server.mute = false;
  await until(() => two.knows('2348031', '1001'), 'the call is told');
  assert.is(two.exchange.figures.reconnects, 0, 'the connection was not given up');
});

exchange('tells its whole window again when the store has lost what it had', async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  await allReconciled(context);
  one.call('2348031', '1001');
  await until(() => one.exchange.figures.observationsSent > 0, 'the call is stored');
  server.loseEverything();
  await until(() => one.rewinds > 0, 'it has found out');
  const two = add(context, 'two');
  await until(() => two.knows('2348031', '1001'), 'one that starts afterwards hears of the call');
  await allReconciled(context);
  assert.is(one.exchange.figures.epochChanges, 1);
});

exchange('goes on polling from the beginning when the store has lost what it had', async (context) => {
  const { server } = context;
  server.hasStream = false;
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  server.loseEverything();
  one.call('2348031', '1001');
  await until(() => two.knows('2348031', '1001'), 'the call is told');
  await allReconciled(context);
});

exchange("measures the store's clock anew when it jumps", async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  const two = add(context, 'two');
  await allReconciled(context);
  for (const skewMs of [3_600_000, -3_600_000]) {
    server.skewMs = skewMs;
    const b = `call at ${skewMs}`;
    one.call(b, '1001');
    await until(() => two.knows(b, '1001'), 'the call is told');
    const error = Math.abs(two.window.get(`${b} 1001`)! - one.window.get(`${b} 1001`)!);
    assert.ok(error < 400, `${error} ms`);
  }
  assert.ok(one.exchange.figures.clockJumps >= 2);
});

exchange('says why when LumaDB runs no queries, and comes back by itself', async (context) => {
  const { server } = context;
  const one = add(context, 'one');
  await allReconciled(context);
  server.refusal = 'the database is\nstarting';
  await until(() => one.exchange.state === 'away', 'it is away');
  assert.match(one.exchange.detail, /could not run a query: the database is starting/);
  server.refusal = '';
  await allReconciled(context);
  assert.is(one.exchange.detail, '');
});

exchange('is never reconciled with a store that loses what it acknowledges', async (context) => {
  const { server } = context;
  server.losing = true;
  const one = add(context, 'one');
  await until(() => one.exchange.figures.probesFailed >= 2, 'it was probed twice');
  assert.is(one.exchange.state, 'not-stored');
  assert.match(one.exchange.detail, /acknowledges and does not store/);
  assert.not(one.states.includes('reconciled'));
  server.losing = false;
  await allReconciled(context);
});

exchange('leaves out what is sealed in another way, counts it and says so once', async (context) => {
  const { server, sidecars } = context;
  const sealing = ['a secret of ours', 'a secret of ours', 'a secret of theirs', ''].map(
    (secret, i) =>
      new ExchangingSidecar({
        address: server.address,
        name: `sidecar ${i}`,
        ...(secret === '' ? {} : { seal: new Seal(secret) }),
      }),
  );
  sidecars.push(...sealing);
  for (const sidecar of sealing) sidecar.exchange.start();
  await allReconciled(context);
  const [one, two, stranger, plain] = sealing;
  one.call('2348031', '1001');
  await until(() => two.knows('2348031', '1001'), 'who has the key knows the call');
  await until(
    () => [one, stranger, plain].every(({ exchange }) => exchange.figures.dropped.sealed > 2),
    'dropped',
  );
  assert.is(stranger.window.size + plain.window.size, 0);
  for (const each of sealing)
    assert.ok(each.logged.filter((line) => line.includes('is left out')).length <= 1);
  assert.not(
    server.rows.some(({ delta }) => delta.includes(packed('2348031'))),
    'no number is stored as it is',
  );
});

/** Calls many times, and waits until the other one knows all of that. */
async function expectAllTold(one: ExchangingSidecar, two: ExchangingSidecar): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const before = one.exchange.figures.published;
    one.call('2348031', `100${i}`);
    await until(() => one.exchange.figures.published > before, 'a delta has been stored');
  }
  await until(() => two.window.size === 40, 'all calls are known');
  assert.equal([...two.window.keys()].sort(), [...one.window.keys()].sort());
}

function packed(number: string): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.writeUIntBE(Number(number), 1, 6);
  return bytes;
}

exchange.run();

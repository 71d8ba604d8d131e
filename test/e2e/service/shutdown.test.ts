/** SIGTERM: health first, then everything that is under way, and the end within the bound. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventClient } from '../../support/event-client.js';
import { HealthWatcher } from '../../support/grpc-companions.js';
import { DetectionClient, endOf, exchange } from '../../support/grpc-detection.js';
import { eventually, freshNumber, startTestSidecar } from '../../support/grpc-sidecar.js';
import { beginCall } from '../../support/half-call.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';

const test = suite('e2e/service/shutdown');

const DRAIN_MS = 2_000;
const OK = 0;
const UNAVAILABLE = 14;
const CLEAN = { code: 0, signal: null };

let sidecar: SidecarProcess;
let client: DetectionClient;

test.before.each(async () => {
  sidecar = await startSidecarProcess({ ACM_DRAIN_MS: String(DRAIN_MS) });
  client = new DetectionClient(sidecar.address);
  await client.ready();
});

test.after.each(async () => {
  client.close();
  await sidecar.process.kill();
});

/** Sends SIGTERM and waits for the end. */
async function terminate(): Promise<{ code: number | null; signal: string | null; tookMs: number }> {
  const before = performance.now();
  sidecar.process.signal('SIGTERM');
  const exit = await sidecar.process.end();
  return { ...exit, tookMs: performance.now() - before };
}

test('ends at once, with code 0, when clients are connected but idle', async () => {
  const silent = connect(Number(new URL(sidecar.url).port), '127.0.0.1').on('error', () => undefined);
  await once(silent, 'connect');
  const { tookMs, ...exit } = await terminate();
  silent.destroy();
  assert.equal(exit, CLEAN);
  assert.ok(tookMs < DRAIN_MS, `took ${tookMs} ms`);
  assert.equal(
    sidecar.process.logLines().map(({ msg }) => msg),
    ['ready', 'stopping', 'stopped'],
  );
});

test('ends watches and bulk streams with OK', async () => {
  const [watch, bulk] = [client.watchDisconnects('s'), client.checkCalls()];
  await once(watch, 'metadata');
  assert.is((await exchange(bulk, [{ a_number: 'a', b_number: freshNumber() }])).length, 1);
  const ends = Promise.all([endOf(watch), endOf(bulk)]);
  const { tookMs, ...exit } = await terminate();
  assert.equal(
    (await ends).map(({ code }) => code),
    [OK, OK],
  );
  assert.equal(exit, CLEAN);
  assert.ok(tookMs < DRAIN_MS, `took ${tookMs} ms`);
});

test('tells those who listen to events that it goes, and when to come back', async () => {
  const listener = await EventClient.open(`${sidecar.url}/acm/events`);
  const { tookMs, ...exit } = await terminate();
  await eventually(() => listener.ended);
  const last = listener.received.at(-1);
  assert.is(last?.event, 'bye');
  assert.match(last?.data['reason'], 'stopping');
  assert.ok(listener.retryMs >= 1_000 && listener.retryMs <= 3_000);
  assert.equal(exit, CLEAN);
  assert.ok(tookMs < DRAIN_MS, `took ${tookMs} ms`);
});

test('tells a health watch NOT_SERVING first, and does not wait for it for ever', async () => {
  const health = new HealthWatcher(sidecar.address);
  const stream = health.watch('acm.v1.DetectionService');
  const statuses: string[] = [];
  stream.on('data', ({ status }: { status: string }) => statuses.push(status));
  await eventually(() => statuses.length === 1);
  const { tookMs, ...exit } = await terminate();
  health.close();
  assert.equal(statuses, ['SERVING', 'NOT_SERVING']);
  assert.equal(exit, CLEAN);
  assert.ok(tookMs < DRAIN_MS + 1_500, `took ${tookMs} ms`);
});

test('answers every call that has arrived', async () => {
  const outcomes = Array.from({ length: 300 }, () =>
    client.checkCall({ a_number: freshNumber(), b_number: freshNumber() }).then(
      () => OK,
      ({ code }: { code: number }) => code,
    ),
  );
  await outcomes[0];
  const { tookMs: _, ...exit } = await terminate();
  const codes = await Promise.all(outcomes);
  // What had not been sent yet has nowhere to go; everything else is answered.
  assert.ok(
    codes.every((code) => code === OK || code === UNAVAILABLE),
    codes.join(),
  );
  assert.equal(exit, CLEAN);
});

/** Waits until the sidecar says that it is draining. */
async function draining(): Promise<void> {
  const status = async () => (await fetch(`${sidecar.url}/health`)).status;
  await eventually(async () => (await status()) === 503);
}

test('answers a call whose request is half-way in, and says meanwhile that it is draining', async () => {
  const call = await beginCall(`http://${sidecar.address}`);
  const exit = terminate();
  await draining();
  assert.is(((await (await fetch(`${sidecar.url}/health`)).json()) as { status: string }).status, 'draining');
  assert.is(await call.end(), '0');
  const { tookMs: _, ...ended } = await exit;
  assert.equal(ended, CLEAN);
});

test('takes no new connections while it drains', async () => {
  const health = new HealthWatcher(sidecar.address);
  const stream = health.watch('');
  await once(stream, 'data');
  const exit = terminate();
  await draining();
  const late = new DetectionClient(sidecar.address);
  const outcome = await late.checkCall({ a_number: 'a', b_number: 'b' }, 1_000).then(
    () => OK,
    ({ code }: { code: number }) => code,
  );
  late.close();
  health.close();
  assert.is(outcome, UNAVAILABLE);
  assert.is((await exit).code, 0);
});

test('ends at once at the second signal', async () => {
  const health = new HealthWatcher(sidecar.address);
  await once(health.watch(''), 'data');
  const exit = terminate();
  await draining();
  const before = performance.now();
  sidecar.process.signal('SIGTERM');
  const { code } = await exit;
  health.close();
  assert.is(code, 1);
  assert.ok(performance.now() - before < DRAIN_MS / 2);
});

test('drains in process as it does on a signal', async () => {
  const own = await startTestSidecar();
  const other = new DetectionClient(own.address);
  await other.checkCall({ a_number: 'a', b_number: freshNumber() });
  await own.stop();
  assert.ok(
    await fetch(`${own.url}/health`).then(
      () => false,
      () => true,
    ),
  );
  other.close();
});

test.run();

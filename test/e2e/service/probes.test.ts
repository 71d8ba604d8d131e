/** ACM_HEALTH_ADDRESS: what probes are told from the first moment of a process to the last, whatever it depends on. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Certificates, makeCertificates, pem } from '../../support/certificates.js';
import { freeTcpPort } from '../../support/free-port.js';
import { eventually, SMALL } from '../../support/grpc-sidecar.js';
import { beginCall } from '../../support/half-call.js';
import { type MuteServer, startMuteServer } from '../../support/mute-server.js';
import { probe } from '../../support/probe.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { until } from '../../support/until.js';

const test = suite('e2e/service/probes');

const CLEAN = { code: 0, signal: null };
const READY = [200, 'ok\n'];
const processes: AcmProcess[] = [];
let certificates: Certificates;
let mute: MuteServer;

test.before(async () => {
  certificates = makeCertificates();
  mute = await startMuteServer();
});

test.after(async () => {
  certificates.remove();
  await mute.close();
});

test.after.each(async () => {
  for (const process of processes.splice(0)) await process.kill();
});

/** Starts a command, and is there as soon as probes are answered. */
async function start(
  command: string,
  env: Record<string, string> = {},
): Promise<{ process: AcmProcess; port: number }> {
  const process = new AcmProcess([command], { ...SMALL, ...env, ACM_HEALTH_ADDRESS: '127.0.0.1:0' });
  processes.push(process);
  const { health } = await process.logged('starting, probes are answered');
  return { process, port: Number(health) };
}

async function asked(port: number, path: string): Promise<[number, string]> {
  const { status, text } = await probe(port, path);
  return [status, text];
}

async function terminated(process: AcmProcess): Promise<number> {
  const before = performance.now();
  process.signal('SIGTERM');
  assert.equal(await process.end(), CLEAN, process.output + process.errors);
  return performance.now() - before;
}

test('answers in the clear while the service itself asks for certificates, and gives out nothing of it', async () => {
  const { process, port } = await start('serve', {
    ACM_TLS_CERT: certificates.server.cert,
    ACM_TLS_KEY: certificates.server.key,
    ACM_TLS_CLIENT_CA: certificates.ca,
  });
  const ready = await process.logged('ready');
  assert.is(ready['health'], port);
  assert.equal(await asked(port, '/livez'), READY);
  assert.equal(await asked(port, '/readyz'), READY);
  assert.match((await probe(port, '/metrics')).text, /^acm_window_pairs \d/m);
  for (const path of ['/health', '/acm/alerts', '/docs', '/openapi.json'])
    assert.is((await probe(port, path)).status, 404, path);
  assert.is((await probe(Number(ready['http']), '/livez')).status, 0, 'in the clear nowhere else');
});

test('lives and is not ready while it waits for a store that says nothing, and is ready without it', async () => {
  const { process, port } = await start('serve', { DATABASE_URL: `postgres://u:p@127.0.0.1:${mute.port}/d` });
  assert.equal(await asked(port, '/livez'), READY);
  assert.equal(await asked(port, '/readyz'), [503, 'starting\n']);
  assert.equal(await asked(port, '/metrics'), [503, 'starting\n']);
  await process.logged('ready');
  assert.equal(await asked(port, '/readyz'), READY);
  assert.match((await probe(port, '/metrics')).text, /^acm_store_up 0/m);
  await terminated(process);
});

test('ends at SIGTERM while it waits for a store that says nothing', async () => {
  const { process } = await start('serve', { DATABASE_URL: `postgres://u:p@127.0.0.1:${mute.port}/d` });
  await until(() => mute.connections > 0, 'it asks the store');
  assert.ok((await terminated(process)) < 1_000);
  assert.not.ok(process.logLines().some(({ msg }) => msg === 'ready'));
});

test('is draining, and lives, as long as a call is in flight, and gone after it', async () => {
  const { process, port } = await start('serve', {
    ACM_DRAIN_MS: '5000',
    ACM_TLS_CERT: certificates.server.cert,
    ACM_TLS_KEY: certificates.server.key,
    ACM_TLS_CLIENT_CA: certificates.ca,
  });
  const { grpc } = await process.logged('ready');
  const call = await beginCall(`https://127.0.0.1:${grpc}`, {
    ca: pem(certificates.ca),
    cert: pem(certificates.client.cert),
    key: pem(certificates.client.key),
  });
  const end = terminated(process);
  await eventually(async () => (await probe(port, '/readyz')).status === 503);
  assert.equal(await asked(port, '/readyz'), [503, 'draining\n']);
  assert.equal(await asked(port, '/livez'), READY);
  assert.match((await probe(port, '/metrics')).text, /^acm_window_pairs /m, 'the last that Prometheus reads');
  assert.is(await call.end(), '0');
  assert.ok((await end) < 5_000);
  assert.is((await probe(port, '/livez')).status, 0);
});

test('cuts off who is slow, and is not held up by them', async () => {
  const { process, port } = await start('serve');
  await process.logged('ready');
  const slow = connect(port, '127.0.0.1').on('error', () => undefined);
  slow.write('GET /livez HTTP/1.1\r\n');
  const before = performance.now();
  await once(slow.resume(), 'close');
  assert.ok(performance.now() - before < 7_000);
  const [silent, half] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const socket of [silent, half]) socket.on('error', () => undefined);
  half.write('GET /readyz HTTP/1.1\r\n');
  assert.equal(await asked(port, '/livez'), READY);
  assert.ok((await terminated(process)) < 2_000);
});

test('is ready as a SIP agent with neither drachtio-server nor a sidecar: calls that come are passed on', async () => {
  const nowhere = `127.0.0.1:${await freeTcpPort()}`;
  const { process, port } = await start('sip-agent', {
    ACM_CONFIG: 'sidecar/acm.example.yaml',
    ACM_DRACHTIO_ADDRESS: nowhere,
    ACM_SIDECAR_ADDRESS: nowhere,
    ACM_SIP_METRICS_ADDRESS: '127.0.0.1:0',
  });
  await process.logged('ready');
  assert.equal(await asked(port, '/readyz'), READY);
  assert.match((await probe(port, '/metrics')).text, /^acm_sip_peer_up\{peer="drachtio"\} 0/m);
  await terminated(process);
  assert.is((await probe(port, '/livez')).status, 0);
});

test('says which port is taken, and does not start', async () => {
  const process = new AcmProcess(['serve'], { ...SMALL, ACM_HEALTH_ADDRESS: `127.0.0.1:${mute.port}` });
  processes.push(process);
  assert.equal(await process.end(), { code: 1, signal: null });
  assert.is(
    process.errors,
    `acm: cannot listen on 127.0.0.1:${mute.port}: listen EADDRINUSE: address already in use 127.0.0.1:${mute.port}\n`,
  );
});

test('goes, with exit code 1, when the process cannot start', async () => {
  const { process, port } = await start('serve', { API_PORT: String(mute.port) });
  assert.equal(await process.end(), { code: 1, signal: null });
  assert.match(process.errors, `cannot listen on 127.0.0.1:${mute.port}`);
  assert.is((await probe(port, '/livez')).status, 0);
});

test.run();

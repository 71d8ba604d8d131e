/** `acm health`, as a container's health check runs it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { freeTcpPort } from '../../support/free-port.js';
import { HealthWatcher } from '../../support/grpc-companions.js';
import { eventually, startTestSidecar } from '../../support/grpc-sidecar.js';
import { startMuteServer } from '../../support/mute-server.js';
import { startSidecarProcess } from '../../support/sidecar-process.js';
import { acm, acmRefused } from '../access/acm-command.js';

const test = suite('e2e/service/health-command');

let certificates: Certificates;
let directory: string;

test.before(() => {
  certificates = makeCertificates();
  directory = mkdtempSync(join(tmpdir(), 'acm-health-'));
});

test.after(() => {
  certificates.remove();
  rmSync(directory, { recursive: true });
});

test('says that a sidecar serves, over TCP and over its UNIX socket, and needs no token for it', async () => {
  const socket = join(directory, 'acm.sock');
  const sidecar = await startTestSidecar({ ACM_GRPC_SOCKET: socket });
  try {
    const { address } = sidecar;
    assert.is(await acm({ ACM_SIDECAR_ADDRESS: address }, 'health'), `${address} serves\n`);
    assert.is(await acm({}, 'health', '--address', `unix:${socket}`), `unix:${socket} serves\n`);
    const aside = { ACM_SIDECAR_ADDRESS: '127.0.0.1:1', ACM_TOKEN: 'acm_5d3c6f6e3c0b_'.padEnd(60, 'x') };
    assert.is(await acm(aside, 'health', '--address', address), `${address} serves\n`);
  } finally {
    await sidecar.stop();
  }
});

test('asks over TLS, with a certificate where one is asked for', async () => {
  const { server, client, stranger, ca } = certificates;
  const tls = { ACM_TLS_CERT: server.cert, ACM_TLS_KEY: server.key };
  const sidecar = await startTestSidecar({ ...tls, ACM_TLS_CLIENT_CA: ca });
  try {
    const { address } = sidecar;
    const asked = { ACM_SIDECAR_ADDRESS: address, ACM_CLIENT_TLS_CA: ca };
    const withCertificate = ({ cert, key }: typeof client) => ({
      ...asked,
      ACM_CLIENT_TLS_CERT: cert,
      ACM_CLIENT_TLS_KEY: key,
    });
    assert.is(await acm(withCertificate(client), 'health'), `${address} serves\n`);
    for (const env of [withCertificate(stranger), asked, { ACM_SIDECAR_ADDRESS: address }])
      assert.match(await acmRefused(env, 'health'), `acm: no answer from ${address} (`);
  } finally {
    await sidecar.stop();
  }
});

test('fails within its deadline when nobody is there, or somebody who says nothing', async () => {
  const nowhere = `127.0.0.1:${await freeTcpPort()}`;
  assert.match(await acmRefused({}, 'health', '--address', nowhere), `acm: no answer from ${nowhere} (`);
  const mute = await startMuteServer();
  const frozen = `127.0.0.1:${mute.port}`;
  const before = performance.now();
  const complaint = await acmRefused({}, 'health', '--address', frozen);
  assert.is(complaint, `acm: no answer from ${frozen} (no answer in 2000 ms)\n`);
  assert.ok(performance.now() - before < 8_000);
  await mute.close();
  const absent = `unix:${join(directory, 'absent.sock')}`;
  assert.match(await acmRefused({}, 'health', '--address', absent), `acm: no answer from ${absent} (`);
});

test('fails while the sidecar drains', async () => {
  const { process, address } = await startSidecarProcess({ ACM_DRAIN_MS: '20000' });
  try {
    // A connection from before keeps the drain going; new ones are refused by then.
    const watcher = new HealthWatcher(address);
    const statuses: string[] = [];
    watcher.watch('').on('data', ({ status }: { status: string }) => statuses.push(status));
    await eventually(() => statuses.includes('SERVING'));
    process.signal('SIGTERM');
    await eventually(() => statuses.includes('NOT_SERVING'));
    assert.match(await acmRefused({}, 'health', '--address', address), `acm: no answer from ${address} (`);
    watcher.close();
  } finally {
    await process.kill();
  }
});

test('refuses an address that is none, and explains itself', async () => {
  assert.match(await acmRefused({}, 'health', '--address', 'nonsense'), 'It takes host:port, or unix:/path');
  const help = await acm({}, 'health', '--help');
  for (const part of ['Exit code 0', 'ACM_SIDECAR_ADDRESS', 'HEALTHCHECK', 'unix:/run/acm/acm.sock'])
    assert.match(help, part);
});

test.run();

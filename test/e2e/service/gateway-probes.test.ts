/** What probes and `acm health` are told of a gateway: it is ready as long as it can use its database, and lives anyway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareGateway } from '../../../sidecar/compose-gateway-role.js';
import { eventually } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { probe } from '../../support/probe.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { acm, acmRefused } from '../access/acm-command.js';

const test = suite('e2e/service/gateway-probes');

const CANNOT = 'the database cannot be used\n';
const ENV = {
  ACM_GATEWAY_ADDRESS: '127.0.0.1:0',
  ACM_GATEWAY_METRICS_ADDRESS: '127.0.0.1:0',
  ACM_HEALTH_ADDRESS: '127.0.0.1:0',
  ACM_DRAIN_MS: '1000',
};

let directory: string;
let postgres: PostgresServer;
let gateway: AcmProcess | undefined;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-gateway-probes-'));
  postgres = await startPostgres();
});

test.after(async () => {
  await postgres.stop();
  rmSync(directory, { recursive: true });
});

test.after.each(() => gateway?.kill());

async function start(env: Record<string, string>): Promise<{ port: number; address: string }> {
  gateway = new AcmProcess(['lumadb-gateway'], { ...ENV, ...env });
  const { health, grpc } = await gateway.logged('ready');
  return { port: Number(health), address: `127.0.0.1:${grpc}` };
}

test('is ready on a store of its own, from when its port is open until it drains', async () => {
  const { port, address } = await start({ ACM_GATEWAY_DATA_DIR: join(directory, 'data') });
  const early = Number(
    gateway!.logLines().find(({ msg }) => msg === 'starting, probes are answered')?.['health'],
  );
  assert.is(early, port);
  assert.is((await probe(port, '/readyz')).status, 200);
  assert.match((await probe(port, '/metrics')).text, /^acm_gateway_database_up 1/m);
  assert.is(await acm({}, 'health', '--address', address), `${address} serves\n`);
  gateway!.signal('SIGTERM');
  assert.equal(await gateway!.end(), { code: 0, signal: null });
  assert.is((await probe(port, '/livez')).status, 0);
});

test('is not ready while its database is away, lives all the same, and is ready when it is back', async () => {
  const { url } = await prepareGateway(postgres.url, 'acm_gateway');
  const { port, address } = await start({ ACM_GATEWAY_DATABASE_URL: url });
  assert.is((await probe(port, '/readyz')).status, 200);
  await postgres.kill();
  await eventually(async () => (await probe(port, '/readyz')).status === 503);
  assert.is((await probe(port, '/readyz')).text, CANNOT);
  assert.is((await probe(port, '/livez')).status, 200);
  assert.match((await probe(port, '/metrics')).text, /^acm_gateway_database_up 0/m);
  const complaint = await acmRefused({}, 'health', '--address', address);
  assert.match(complaint, `acm: ${address} is there but does not serve (NOT_SERVING)`);
  await postgres.start();
  await eventually(async () => (await probe(port, '/readyz')).status === 200);
});

test.run();

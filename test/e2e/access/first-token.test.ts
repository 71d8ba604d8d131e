/** How the first token comes into the world, and what changes with it for those who have none. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ManagementClient } from '../../support/grpc-management.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';
import { acm, acmRefused, tokenIn } from './acm-command.js';

const test = suite('e2e/access/first-token');

/** As pino writes it. */
const WARN = 40;
const NO_TOKENS = /there are no access tokens yet/;

let directory: string;
let data: string;
let socket: string;
let sidecar: SidecarProcess | undefined;

test.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-first-token-'));
  data = join(directory, 'data');
  socket = join(directory, 'acm.sock');
});

test.after(async () => {
  await sidecar?.process.kill();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<SidecarProcess> {
  sidecar = await startSidecarProcess({ ACM_DATA_DIR: data, ACM_GRPC_SOCKET: socket });
  return sidecar;
}

async function stop(): Promise<void> {
  sidecar?.process.signal('SIGTERM');
  await sidecar?.process.end();
}

const warned = (): boolean =>
  sidecar?.process.logLines().some(({ level, msg }) => level === WARN && NO_TOKENS.test(String(msg))) ===
  true;

async function mayManage(address: string, token = ''): Promise<boolean> {
  const client = new ManagementClient(address, undefined, token);
  return client
    .ask('TokenService', 'ListTokens')
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.close());
}

test('is made beside the data of a sidecar that runs, in force at once, and the warning goes', async () => {
  const running = await start();
  assert.ok(warned());
  assert.ok(await mayManage(running.address), 'whoever is on this machine');
  const output = await acm({ ACM_DATA_DIR: data }, 'token', 'init', '--name', 'ops', '--author', 'ada');
  const token = tokenIn(output);
  assert.match(output, `the token ${token.slice(4, 16)} of ops, with admin`);
  assert.not.ok(await mayManage(running.address));
  assert.ok(await mayManage(running.address, token));
  const made = await running.process.logged('a token was made beside the data');
  assert.equal([made['tokenId'], made['holder']], [token.slice(4, 16), 'ops']);
  assert.not.ok(running.process.output.includes(token.slice(17)), 'its secret is in no log');
  assert.not.ok(existsSync(join(data, 'new-token.json')));
  await stop();
  const restarted = await start();
  assert.not.ok(warned());
  assert.ok(await mayManage(restarted.address, token));
  assert.not.ok(await mayManage(restarted.address));
});

test('leaves calls on this machine as they were, and asks for a token for the rest', async () => {
  const { address } = sidecar!;
  const here = { ACM_SIDECAR_ADDRESS: address };
  assert.match(await acm(here, 'check', '--a', freshNumber(), '--b', freshNumber()), 'ALLOW');
  const refused = await acmRefused(here, 'alerts', 'list');
  assert.match(refused, 'lacks the scope alerts:read');
  assert.match(refused, 'set ACM_TOKEN, or ask over the UNIX socket of the sidecar');
  const bySocket = { ACM_SIDECAR_ADDRESS: `unix:${socket}` };
  assert.match(await acm(bySocket, 'alerts', 'list'), 'No alert matches.');
  const reader = tokenIn(
    await acm(bySocket, 'token', 'create', '--name', 'reader', '--scope', 'alerts:read', '--for', '1h'),
  );
  assert.match(await acm({ ...here, ACM_TOKEN: reader }, 'alerts', 'list'), 'No alert matches.');
  const lacking = await acmRefused({ ...here, ACM_TOKEN: reader }, 'policy', 'list');
  assert.match(lacking, 'the token "reader" lacks the scope policy:read');
  assert.not.match(lacking, 'set ACM_TOKEN');
  const table = await acm(bySocket, 'token', 'list');
  for (const fact of ['ops', 'reader', 'alerts:read', 'in force until', reader.slice(4, 16)])
    assert.match(table, fact);
  assert.not.ok(table.includes(reader.slice(17)));
});

test('is made while no sidecar runs, also in place of one that was lost', async () => {
  await stop();
  const token = tokenIn(await acm({ ACM_DATA_DIR: data }, 'token', 'init', '--name', 'spare'));
  const { address } = await start();
  assert.ok(await mayManage(address, token));
  const secret = token.slice(17);
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true }))
    if (file.isFile())
      assert.not.ok(readFileSync(join(file.parentPath, file.name)).includes(secret), `not in ${file.name}`);
});

test('says why it cannot be made without a store', async () => {
  assert.match(
    await acmRefused({ ACM_DATA_DIR: 'none' }, 'token', 'init'),
    'acm: there is no store to keep a token in: ACM_DATA_DIR is none',
  );
});

test('is not shown across a network in the clear', async () => {
  const token = `acm_5d3c6f6e3c0b_${'x'.repeat(43)}`;
  const far = { ACM_SIDECAR_ADDRESS: '192.0.2.7:50051', ACM_TOKEN: token };
  const refused = await acmRefused(far, 'alerts', 'list');
  assert.match(refused, 'the configuration cannot be used');
  assert.match(refused, 'ACM_TOKEN: would go to 192.0.2.7:50051 in the clear; set ACM_CLIENT_TLS_CA');
  assert.not.ok(refused.includes(token.slice(17)));
  assert.not.ok((await acm(far, 'config', 'check')).includes(token.slice(17)), 'nor printed');
});

test.run();

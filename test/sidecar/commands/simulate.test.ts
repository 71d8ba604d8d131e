/** `acm simulate freeswitch` and `acm demo`, as they are typed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SimulatorReport } from '../../../sidecar/compose-simulator.js';
import { SocketClient } from '../../simulator/socket-client.js';
import { AcmProcess } from '../../support/sidecar-process.js';

const test = suite('sidecar/commands/simulate');

let directory: string;

test.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-simulate-'));
});

test.after(() => rmSync(directory, { recursive: true }));

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function acm(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const process = new AcmProcess(args, env);
  const { code } = await process.end();
  assert.not.match(process.errors, /^\s+at /m, 'no stack trace');
  return { code, output: process.output, errors: process.errors };
}

/** The report without what depends on how fast this machine is. */
async function simulate(...args: readonly string[]): Promise<SimulatorReport> {
  const report = join(directory, 'report.json');
  const { code } = await acm(['simulate', 'freeswitch', '--port', '0', '--report', report, ...args]);
  assert.is(code, 0);
  return JSON.parse(readFileSync(report, 'utf8'));
}

test('teaches its options, its variables and its attacks', async () => {
  const { code, output } = await acm(['simulate', 'freeswitch', '--help']);
  assert.is(code, 0);
  for (const part of ['--attack-interval', 'TRAFFIC_CPS', 'ATTACK_INTERVAL', 'slow-drip', 'Try it:'])
    assert.match(output, part);
});

test('complains of what it cannot use, in words', async () => {
  for (const [args, complaint] of [
    [['--cps', '5001'], 'It takes a whole number from 0 to 5000.'],
    [['--attack-interval', '-1'], 'It takes a whole number from 0 to 86400.'],
    [['--attack', 'nothing'], 'Allowed choices are sequential, burst'],
    [['--port', '65536'], 'It takes a whole number up to 65535.'],
  ] as const) {
    const { code, errors } = await acm(['simulate', 'freeswitch', ...args]);
    assert.is(code, 1, args.join(' '));
    assert.match(errors, complaint);
  }
  const { code, errors } = await acm(['simulate', 'freeswitch'], { TRAFFIC_CPS: 'many' });
  assert.is(code, 1);
  assert.match(errors, 'TRAFFIC_CPS: takes a whole number from 0 to 5000, not "many"');
});

test('says so when its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const { code, errors } = await acm(['simulate', 'freeswitch', '--port', String(port)]);
  other.close();
  assert.is(code, 1);
  assert.match(errors, `acm: cannot listen on 127.0.0.1:${port}`);
});

test('stops after so many seconds and reports what was simulated', async () => {
  const { seed, cps, ordinary, attacks } = await simulate(
    ...[
      '--cps',
      '200',
      '--attack-interval',
      '1',
      '--seconds',
      '4',
      '--seed',
      '9',
      '--attack',
      'burst',
      'rotating',
    ],
  );
  assert.equal([seed, cps, ordinary.killed], [9, 200, 0]);
  assert.ok(ordinary.placed > 100, `${ordinary.placed} calls`);
  assert.equal(
    attacks
      .slice(0, 2)
      .map(({ pattern, b_number, expected_detection }) => [pattern, b_number, expected_detection]),
    [
      ['burst', '+2348090000001', true],
      ['rotating', '+2348090000002', false],
    ],
  );
});

test('takes its rate from the environment, logs clients in, and prints the report at a stop', async () => {
  const process = new AcmProcess(['simulate', 'freeswitch', '--port', '0', '--password', 'other'], {
    TRAFFIC_CPS: '100',
    ATTACK_INTERVAL: '0',
  });
  const { event_socket, cps } = await process.logged('ready');
  assert.is(cps, 100);
  const client = await SocketClient.connect(Number(event_socket));
  assert.is(await client.ask('auth other'), '+OK accepted');
  await client.ask('event json CHANNEL_CREATE');
  assert.is((await client.events(4)).length, 4);
  process.signal('SIGTERM');
  assert.is((await process.end()).code, 0);
  await client.end();
  const report = process.output.slice(
    process.output.indexOf('\n{\n') + 1,
    process.output.lastIndexOf('\n}\n') + 3,
  );
  assert.equal(JSON.parse(report).attacks, []);
});

test('the demonstration shows an attack found, rejected and torn down, and ends by itself', async () => {
  const { code, output } = await acm(['demo', '--attack-interval', '3', '--seconds', '7']);
  assert.is(code, 0);
  for (const word of ['attack     sequential', 'allowed', 'ALERT', 'rejected', 'torn down'])
    assert.match(output, word);
  assert.match(output, / 0 of them ended by the sidecar\.\n$/);
  assert.not.match(output, /\d{8}/, 'no number in full');
});

test.run();

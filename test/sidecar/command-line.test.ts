/** The `acm` command, as it is typed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';
import { AcmProcess } from '../support/sidecar-process.js';

const test = suite('sidecar/command-line');

let directory: string;
let sidecar: TestSidecar;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-command-'));
  sidecar = await startTestSidecar({ ACM_WINDOW_SECONDS: '60' });
});

test.after(async () => {
  await sidecar.stop();
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function acm(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const process = new AcmProcess(args, { ACM_SIDECAR_ADDRESS: sidecar.address, ...env });
  const { code } = await process.end();
  assert.not.match(process.errors, /^\s+at /m, 'no stack trace');
  return { code, output: process.output, errors: process.errors };
}

test('explains itself to a newcomer', async () => {
  const { code, output } = await acm(['--help']);
  assert.is(code, 0);
  for (const part of ['serve', 'sip-agent', 'check', 'config', 'Try it:', 'the fifth is rejected'])
    assert.match(output, part);
});

test('explains each command, with the variables that it reads and no others', async () => {
  const serve = await acm(['serve', '--help']);
  for (const part of ['ACM_GRPC_ADDRESS', 'default 127.0.0.1:50052', 'a whole number from 1 to 300'])
    assert.match(serve.output, part);
  assert.not.match(serve.output, 'ACM_DRACHTIO_ADDRESS');
  const check = await acm(['check', '--help']);
  for (const part of ['--a <numbers...>', '--b <number>', 'ACM_SIDECAR_ADDRESS', '--json'])
    assert.match(check.output, part);
});

test('rejects what it does not know', async () => {
  for (const args of [
    ['nonsense'],
    ['check', '--b', '1'],
    ['check', '--a', '1'],
    ['check', '--colour', 'blue'],
  ]) {
    const { code, errors } = await acm(args);
    assert.is(code, 1, args.join(' '));
    assert.match(errors, /error: /);
  }
});

test('prints its version', async () => {
  const { code, output } = await acm(['--version']);
  assert.is(code, 0);
  assert.match(output, /^\d+\.\d+\.\d+\n$/);
});

test('checks five callers, of whom the fifth is rejected', async () => {
  const callers = ['A001', 'A002', '+2348030000003', '', 'A005'];
  const { code, output } = await acm(['check', '--b', freshNumber(), '--a', ...callers]);
  assert.is(code, 0);
  const lines = output.trimEnd().split('\n');
  assert.is(lines.length, 5);
  for (const [i, caller] of callers.entries()) {
    assert.ok(lines[i].startsWith(caller || 'anonymous'), lines[i]);
    assert.match(lines[i], `${i + 1} of 5 A-numbers within 60 s`);
    assert.match(lines[i], i < 4 ? /ALLOW {3}\s*none/ : /REJECT {2}\s*masking/);
  }
  assert.match(lines[4], /severity medium, SIP 608 Rejected, alert [\da-f-]{36}$/);
});

test('prints the whole answer as JSON', async () => {
  const { code, output } = await acm([
    'check',
    '--b',
    freshNumber(),
    '--a',
    'A1',
    '--call-id',
    'c1',
    '--json',
  ]);
  assert.is(code, 0);
  const answer = JSON.parse(output) as Record<string, unknown>;
  assert.is(answer['callId'], 'c1');
  assert.is(answer['verdict'], 'ALLOW');
  assert.is(answer['distinctACount'], 1);
  assert.is(answer['windowMs'], 60_000);
});

test('says what is wrong with a call that cannot be checked', async () => {
  const { code, errors } = await acm(['check', '--b', '1', '--a', 'A1', '--source-ip', 'here']);
  assert.is(code, 1);
  assert.is(errors, 'acm: source_ip: is not an IPv4 or IPv6 address\n');
});

test('advises whoever asks a sidecar that is not there', async () => {
  const env = { ACM_SIDECAR_ADDRESS: `unix:${join(directory, 'absent.sock')}` };
  for (const absent of [env, { ACM_SIDECAR_ADDRESS: '127.0.0.1:1' }]) {
    const { code, output, errors } = await acm(['check', '--b', '1', '--a', 'A1'], absent);
    assert.is(code, 1);
    assert.is(output, '');
    assert.match(errors, `acm: no answer from the sidecar at ${absent.ACM_SIDECAR_ADDRESS}`);
    assert.match(errors, 'is it running? Start it with `acm serve`, or set ACM_SIDECAR_ADDRESS');
  }
});

test('prints the configuration that is in force, without its secrets', async () => {
  const path = join(directory, 'acm.yaml');
  writeFileSync(path, 'trunks: [{name: lagos, country: NG}]\n');
  const { code, output } = await acm(['config', 'check'], {
    ACM_CONFIG: path,
    ACM_THRESHOLD: '7',
    ACM_DRACHTIO_SECRET: 'hunter2',
  });
  assert.is(code, 0);
  for (const part of ['ACM_THRESHOLD=7\n', 'ACM_WINDOW_SECONDS=5\n', 'ACM_DRACHTIO_SECRET=***\n', '"lagos"'])
    assert.match(output, part);
  assert.not.match(output, 'hunter2');
});

test('prints every mistake in the configuration at once', async () => {
  const path = join(directory, 'bad.yaml');
  writeFileSync(path, 'trunks: [{name: a, country: xx}, {name: a}]\n');
  const env = { ACM_CONFIG: path, ACM_THRESHOLD: '1', LOG_LEVEL: 'loud' };
  for (const command of [['config', 'check'], ['serve'], ['sip-agent'], ['check', '--a', '1', '--b', '2']]) {
    const { code, output, errors } = await acm(command, env);
    assert.is(code, 1, command.join(' '));
    assert.is(output, '');
    assert.equal(errors.trimEnd().split('\n'), [
      'acm: the configuration cannot be used:',
      '  ACM_THRESHOLD: takes a whole number from 2 to 100, not "1"',
      '  LOG_LEVEL: takes trace | debug | info | warn | error | fatal | silent, not "loud"',
      `  ACM_CONFIG: ${path}: trunks.0.country: takes an ISO 3166 country code in capitals, such as NG`,
      `  ACM_CONFIG: ${path}: trunks: two trunks are called "a"`,
    ]);
  }
});

test('tells an old Node which one is needed, before it stumbles over anything', async () => {
  const pretend = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`;
  const process = new AcmProcess(['--help'], {}, [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
  ]);
  assert.equal(await process.end(), { code: 1, signal: null });
  assert.is(process.output, '');
  assert.match(process.errors, 'acm needs Node 24 or later');
  assert.match(process.errors, 'npm ci');
});

test.run();

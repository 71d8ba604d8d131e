/** The commands for alerts and rules as they are typed: help, options, mistakes, exit codes. */
import { userInfo } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALERT_ID, alertFileOf, B_NUMBER } from '../../support/alert-fixture.js';
import { type ManagementServer, startManagementServer } from '../../support/management-server.js';
import { AcmProcess } from '../../support/sidecar-process.js';

const test = suite('sidecar/commands/command-options');

let server: ManagementServer;

test.before(async () => {
  server = await startManagementServer();
});

test.after(() => server.stop());

async function acm(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const process = new AcmProcess(args, { ACM_SIDECAR_ADDRESS: server.address });
  const { code } = await process.end();
  assert.not.match(process.errors, /^\s+at /m, 'no stack trace');
  return { code, output: process.output, errors: process.errors };
}

test('explains each command and group of commands, with the variables that it reads', async () => {
  for (const group of ['stats', 'calls', 'alerts', 'policy', 'allow', 'block', 'enforcement']) {
    const { code, output } = await acm(group, '--help');
    assert.is(code, 0);
    assert.match(output, 'ACM_SIDECAR_ADDRESS');
    assert.not.match(output, 'ACM_GRPC_ADDRESS');
  }
});

test('says in its help what an import writes altogether or not at all', async () => {
  for (const group of ['allow', 'block'])
    assert.match(
      (await acm(group, 'import', '--help')).output,
      'batches of 1,000, each altogether or not at all',
    );
});

test('rejects options that it cannot use', async () => {
  for (const [args, complaint] of [
    [['alerts', 'list', '--status', 'OPEN'], 'It takes NEW, INVESTIGATING, RESOLVED, FALSE_POSITIVE.'],
    [['alerts', 'list', '--since', 'yesterday'], 'It takes a time as RFC 3339 has it'],
    [['alerts', 'list', '--limit', '0'], 'It takes a whole number from 1 on.'],
    [['allow', 'add', '--b', '1', '--for', '5x'], 'It takes a time span such as 90s, 30m, 24h or 7d.'],
    [['allow', 'add', '--for', '1h', '--until', '2200-01-01T00:00:00Z'], 'cannot be used with option'],
    [['stats', '--for', '90s'], 'It takes a time span of whole minutes such as 5m, 24h or 30d.'],
    [['stats', '--for', '5m', '--minutes', '5'], 'cannot be used with option'],
    [['policy', 'set', '--default', '--auto-block', 'maybe'], 'It takes on or off.'],
    [['block', 'add', '--a', '1'], "required option '--b <number>' not specified"],
  ] as const) {
    const { code, errors } = await acm(...args);
    assert.is(code, 1, args.join(' '));
    assert.match(errors, complaint);
  }
});

test('signs a change with the name of whoever has logged in', async () => {
  const { code, output } = await acm('block', 'add', '--a', '+234801', '--b', '+234809', '--for', '24h');
  assert.is(code, 0);
  assert.match(output, /^Calls of 234801 to 234809 are blocked until /);
  assert.is(server.log.at(-1)?.fields['author'], userInfo().username);
});

test('takes words in either case, and a number of days or none', async () => {
  server.alerts.add(alertFileOf());
  const update = ['alerts', 'update', ALERT_ID, '--status', 'false_positive', '--author', 'ada', '--allow'];
  for (const args of [update, [...update, '3']]) {
    const { code, output, errors } = await acm(...args);
    assert.is(code, 0, errors);
    assert.match(output, `calls to ${B_NUMBER} are allowed`);
  }
});

test('lists calls where nothing else is asked, and ends those that are named', async () => {
  const listed = await acm('calls');
  assert.equal(
    [listed.code, listed.output],
    [0, 'No call is in progress, as far as the switches have told.\n'],
  );
  server.admission.report('+15550000001', 'one');
  assert.match((await acm('calls', '--b', '+2348099999999')).output, '15550000001 -> 2348099999999');
  const { code, output } = await acm('calls', 'end', 'one', '--reason', 'asked for');
  assert.equal([code, output], [0, 'one has ended.\n']);
  assert.is(server.audit.entries[0].actor, userInfo().username);
});

test('writes an export to standard output and the count beside it', async () => {
  const { code, output, errors } = await acm('block', 'export');
  assert.is(code, 0);
  assert.match(output, /^a_number,b_number,expires_at,reason,author,changed_at,alert_id\n234801,234809,/);
  assert.is(errors, 'rows exported: 1\n');
});

test('ends with 1 and the words of the sidecar when that refuses', async () => {
  const { code, output, errors } = await acm('policy', 'set', '--default', '--threshold', '101');
  assert.is(code, 1);
  assert.is(output, '');
  assert.is(errors, 'acm: threshold: takes a whole number from 2 to 100\n');
});

test.run();

/** A night at the operations centre: the commands, typed one after the other against a running sidecar. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { CALLERS, Sidecar, within } from './attack.js';

const test = suite('e2e/store/commands');

let directory: string;
let sidecar: Sidecar;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-commands-'));
  sidecar = await Sidecar.start({ ACM_DATA_DIR: join(directory, 'data') });
});

test.after(async () => {
  await sidecar?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What a command prints; it must succeed. */
async function acm(...args: string[]): Promise<string> {
  const command = new AcmProcess(args, { ACM_SIDECAR_ADDRESS: sidecar.running.address });
  const { code } = await command.end();
  assert.is(code, 0, `acm ${args.join(' ')}\n${command.errors}`);
  return command.output;
}

/** What a command complains of; it must fail. */
async function acmRefused(...args: string[]): Promise<string> {
  const command = new AcmProcess(args, { ACM_SIDECAR_ADDRESS: sidecar.running.address });
  assert.is((await command.end()).code, 1, command.output);
  return command.errors;
}

/** An attack, written down. */
async function attacked(): Promise<{ bNumber: string; alertId: string }> {
  const bNumber = freshNumber();
  const { alert_id: alertId } = await sidecar.attack(bNumber);
  await within('the alert', async () => (await sidecar.alert(alertId)).calls.length === 5);
  return { bNumber, alertId };
}

test('shows an alert to somebody who has to understand it at night', async () => {
  const { bNumber, alertId } = await attacked();
  assert.match(await acm('alerts', 'list', '--b', bNumber), alertId);
  const shown = await acm('alerts', 'show', alertId);
  for (const fact of [bNumber.slice(1), ...CALLERS.map((each) => each.slice(1)), '192.0.2.7', '608'])
    assert.match(shown, fact);
});

test('takes an alert through its life, and keeps who did what', async () => {
  const { bNumber, alertId } = await attacked();
  await acm('alerts', 'update', alertId, '--status', 'INVESTIGATING', '--assign', 'ada', '--author', 'ada');
  const settled = await acm('alerts', 'update', alertId, '--status', 'FALSE_POSITIVE', '--author', 'bob');
  assert.match(settled, `acm alerts update ${alertId} --status FALSE_POSITIVE --allow 7`);
  assert.is((await sidecar.check('+15557777777', bNumber)).reason, 'REASON_MASKING', 'proposed only');
  await acm('alerts', 'update', alertId, '--status', 'FALSE_POSITIVE', '--allow', '7', '--author', 'bob');
  assert.is((await sidecar.check('+15557777777', bNumber)).reason, 'REASON_ALLOWLISTED');
  assert.match(await acmRefused('alerts', 'update', alertId, '--status', 'NEW'), 'cannot become NEW');
  const shown = await acm('alerts', 'show', alertId);
  for (const fact of ['ada', 'bob', 'INVESTIGATING', 'FALSE_POSITIVE']) assert.match(shown, fact);
});

test('sets a policy, explains it, and removes it', async () => {
  const bNumber = freshNumber();
  await acm('policy', 'set', '--b', bNumber, '--threshold', '2', '--reason', 'a vulnerable number');
  assert.match(await acm('policy', 'list'), bNumber.slice(1));
  assert.is((await sidecar.attack(bNumber, CALLERS.slice(0, 2))).verdict, 'VERDICT_REJECT');
  const explained = await acm('policy', 'explain', '--a', CALLERS[3], '--b', bNumber);
  assert.match(explained, 'b_number');
  assert.match(explained, /REJECT/i);
  await acm('policy', 'remove', '--b', bNumber);
  assert.is((await sidecar.check(CALLERS[4], bNumber)).threshold, 5);
  assert.match(await acmRefused('policy', 'set', '--b', bNumber, '--threshold', '1'), 'threshold');
});

test('turns enforcement off at once, says so, and on again', async () => {
  assert.match(await acm('enforcement', 'off', '--reason', 'storm'), 'Every sidecar on this store');
  assert.is((await sidecar.attack(freshNumber())).verdict, 'VERDICT_OBSERVE');
  assert.match(await acm('enforcement', 'status'), 'storm');
  await acm('enforcement', 'on');
  assert.is((await sidecar.attack(freshNumber())).verdict, 'VERDICT_REJECT');
});

test('exports blocks, and imports them again elsewhere as they were', async () => {
  const bNumber = freshNumber();
  for (const aNumber of ['+15551110001', '+15551110002'])
    await acm('block', 'add', '--a', aNumber, '--b', bNumber, '--for', '24h', '--reason', 'said, "no more"');
  const csv = await acm('block', 'export');
  const rows = csv.split('\n').filter((line) => line.includes(bNumber.slice(1)));
  assert.is(rows.length, 2);
  await acm('block', 'remove', '--a', '+15551110001', '--b', bNumber);
  assert.is((await sidecar.check('+15551110001', bNumber)).reason, 'REASON_NONE');
  const file = join(directory, 'blocks.csv');
  writeFileSync(file, [csv.split('\n')[0], ...rows, ''].join('\n'));
  await acm('block', 'import', file);
  assert.is((await sidecar.check('+15551110001', bNumber)).reason, 'REASON_BLOCKED');
  writeFileSync(
    file,
    [csv.split('\n')[0], rows[0], rows[1].replace(/'?\+?1555111000\d/, 'anonymous'), ''].join('\n'),
  );
  assert.match(await acmRefused('block', 'import', file), /line 3.*a_number.*anonymous/s);
});

test('keeps an allowlist entry through a restart', async () => {
  await acm('allow', 'add', '--source', '198.51.100.0/24', '--for', '7d', '--reason', 'our dialler');
  const call = { a_number: '+1', b_number: freshNumber(), source_ip: '198.51.100.9', call_id: 'allowed' };
  assert.is((await sidecar.detection.checkCall(call)).reason, 'REASON_ALLOWLISTED');
  await sidecar.stop();
  sidecar = await Sidecar.start({ ACM_DATA_DIR: join(directory, 'data') });
  assert.is((await sidecar.detection.checkCall(call)).reason, 'REASON_ALLOWLISTED');
  assert.match(await acm('allow', 'list'), '198.51.100.0/24');
});

test.run();

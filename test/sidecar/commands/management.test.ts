/** What the commands for alerts and rules do, against the management services on a real gRPC server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listAlerts, showAlert, updateAlert } from '../../../sidecar/management/alerts.js';
import {
  addAllowed,
  expireAllowed,
  exportAllowed,
  importAllowed,
  listAllowed,
  removeAllowed,
} from '../../../sidecar/management/allowlist.js';
import {
  addBlock,
  expireBlock,
  exportBlocks,
  importBlocks,
  listBlocks,
  removeBlock,
} from '../../../sidecar/management/blocks.js';
import { showEnforcement, switchEnforcement } from '../../../sidecar/management/enforcement.js';
import {
  explainPolicy,
  listPolicies,
  removePolicy,
  setPolicy,
} from '../../../sidecar/management/policies.js';
import { showStats } from '../../../sidecar/management/stats.js';
import { type Config, loadConfig } from '../../../src/config.js';
import { AcmError } from '../../../src/errors.js';
import { ALERT_ID, alertFileOf, B_NUMBER, later } from '../../support/alert-fixture.js';
import { type ManagementServer, startManagementServer } from '../../support/management-server.js';

const test = suite('sidecar/commands/management');

let server: ManagementServer;
let config: Config;
let directory: string;
let printed: string[];

test.before.each(async () => {
  server = await startManagementServer();
  config = loadConfig({ ACM_SIDECAR_ADDRESS: server.address });
  directory = mkdtempSync(join(tmpdir(), 'acm-commands-'));
  printed = [];
});

test.after.each(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const print = (line: string): void => void printed.push(line);
const by = { author: 'ada', reason: 'a reason' };
const tomorrow = new Date(Date.now() + 86_400_000);

/** What the work printed. */
async function output(work: Promise<void>): Promise<string> {
  printed = [];
  await work;
  return printed.join('\n');
}

async function complaintOf(work: Promise<unknown>): Promise<AcmError> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, AcmError);
    return error as AcmError;
  }
  throw new Error('was expected to fail');
}

async function exported(write: (config: Config, out: PassThrough) => Promise<void>): Promise<string> {
  const out = new PassThrough();
  const [csv] = await Promise.all([text(out), write(config, out)]);
  return csv;
}

function fileOf(content: string): string {
  const path = join(directory, 'table.csv');
  writeFileSync(path, content);
  return path;
}

test('lists alerts by what is asked for, and says when there are more', async () => {
  for (let i = 0; i < 5; i++)
    server.alerts.add(alertFileOf({ alertId: ALERT_ID.replace(/.$/, String(i)), createdAt: later(i) }));
  const all = { a: '', b: '', limit: 100 };
  assert.is((await output(listAlerts(config, all, print))).split('\n').length, 6);
  assert.match(await output(listAlerts(config, { ...all, limit: 2 }, print)), 'There are more than 2');
  assert.is(await output(listAlerts(config, { ...all, status: 'RESOLVED' }, print)), 'No alert matches.');
  assert.is(await output(listAlerts(config, { ...all, since: later(9) }, print)), 'No alert matches.');
  const json = JSON.parse(await output(listAlerts(config, { ...all, b: B_NUMBER, json: true }, print)));
  assert.is(json.length, 5);
  assert.is(json[0].severity, 'MEDIUM');
});

test('shows an alert, works on it, and settles it as a false positive that does not come again', async () => {
  server.alerts.add(alertFileOf());
  assert.match(await output(showAlert(config, ALERT_ID, {}, print)), 'NEW, assigned to nobody');
  const investigate = { status: 'INVESTIGATING', assign: 'grace', author: 'ada' } as const;
  assert.match(
    await output(updateAlert(config, ALERT_ID, investigate, print)),
    'is INVESTIGATING, assigned to grace.',
  );
  const settle = { status: 'FALSE_POSITIVE', author: 'ada' } as const;
  assert.match(
    await output(updateAlert(config, ALERT_ID, settle, print)),
    `acm alerts update ${ALERT_ID} --status FALSE_POSITIVE --allow 7`,
  );
  const allow = { ...settle, allow: 7 };
  assert.match(await output(updateAlert(config, ALERT_ID, allow, print)), `calls to ${B_NUMBER} are allowed`);
  assert.match(await output(listAllowed(config, { limit: 100 }, print)), ALERT_ID);
});

test('tells what was checked, in words and as JSON', async () => {
  server.counters.countVerdict('allow', 'none');
  server.counters.countVerdict('reject', 'masking');
  const hour = { minutes: 60 };
  assert.match(
    await output(showStats(config, hour, print)),
    /Checks {6}2, .*\nDetections {2}1, .* 50 % of the/,
  );
  const json = JSON.parse(await output(showStats(config, { ...hour, json: true }, print)));
  assert.equal([json.scope, json.figures.checks, json.figures.detectionRate], ['ALL', 2, 0.5]);
  const { message } = await complaintOf(showStats(config, { minutes: 43_201 }, print));
  assert.is(message, 'minutes: takes a whole number from 1 to 43200');
});

test('does not ask the sidecar for a change that says nothing', async () => {
  const { message } = await complaintOf(updateAlert(config, ALERT_ID, { author: 'ada' }, print));
  assert.match(message, 'nothing to change');
});

test('sets, lists and removes a policy', async () => {
  const set = {
    b: '+234809',
    threshold: 8,
    enforcement: 'shadow',
    anonymous: 'one',
    autoBlock: false,
  } as const;
  assert.is(
    await output(setPolicy(config, { ...set, ...by }, print)),
    'Policy b_number +234809 is in force: threshold 8, shadow, auto-block off, anonymous callers one in all.',
  );
  assert.match(
    await output(listPolicies(config, { limit: 100 }, print)),
    /b_number 234809 .* ada {2}a reason$/,
  );
  await removePolicy(config, { b: '234809', author: 'ada' }, print);
  assert.match(await output(listPolicies(config, { limit: 100 }, print)), 'No policy is stored');
});

test('wants to know which calls, and only once', async () => {
  for (const scope of [{}, { b: '1', trunk: 'lagos' }, { default: true, bPrefix: '234' } as const])
    assert.match(
      (await complaintOf(setPolicy(config, { ...scope, threshold: 8, ...by }, print))).message,
      'Give one of',
    );
  assert.match(
    (await complaintOf(addAllowed(config, { b: '1', trunk: 't', ...by }, print))).message,
    'Give one of',
  );
});

test('explains what would happen to a call', async () => {
  const call = { a: '+234801', b: '234809', trunk: '', sourceIp: '' };
  assert.match(
    await output(explainPolicy(config, call, print)),
    /^A call from \+234801 to 234809 would now go on\./,
  );
});

test('throws the switch and says what is in force', async () => {
  assert.match(
    await output(switchEnforcement(config, false, by, print)),
    /^Enforcement is off.*\nEvery sidecar/,
  );
  assert.match(await output(showEnforcement(config, {}, print)), /^Enforcement is off.*by ada: a reason$/s);
  server.rules.away = true;
  assert.match(await output(switchEnforcement(config, true, by, print)), 'Only in this sidecar so far');
});

test('allows calls for a time, prolongs that, and ends it', async () => {
  const added = await output(addAllowed(config, { source: '192.0.2.0/24', for: tomorrow, ...by }, print));
  const [, entry = ''] =
    /^Entry ([\da-f-]{36}): calls from the address 192\.0\.2\.0\/24 are allowed/.exec(added) ?? [];
  assert.match(
    await output(expireAllowed(config, entry, { never: true, author: 'ada' }, print)),
    'until it is removed',
  );
  assert.match((await complaintOf(expireAllowed(config, entry, by, print))).message, 'until when?');
  await removeAllowed(config, entry, by, print);
  assert.is(await output(listAllowed(config, { limit: 100 }, print)), 'The allowlist is empty.');
});

test('blocks a pair, prolongs that, and lifts it', async () => {
  const pair = { a: '+234801', b: '+234809', ...by };
  assert.match((await complaintOf(addBlock(config, pair, print))).message, 'until when?');
  assert.match(
    await output(addBlock(config, { ...pair, for: tomorrow }, print)),
    'Calls of 234801 to 234809 are blocked until',
  );
  await expireBlock(config, { ...pair, until: new Date(tomorrow.getTime() + 86_400_000) }, print);
  assert.match(await output(listBlocks(config, { a: '', b: '234809', limit: 100 }, print)), 'a reason');
  await removeBlock(config, pair, print);
  assert.is(await output(listBlocks(config, { a: '', b: '', limit: 100 }, print)), 'No pair is blocked.');
});

test('exports blocks, and imports them as often as one likes', async () => {
  const lines = Array.from(
    { length: 2_345 },
    (_, i) => `'+23480${i},"b ""x"", é",${tomorrow.toISOString()},'=1+1`,
  );
  const path = fileOf(`a_number,b_number,expires_at,reason\n${lines.join('\n')}\n`);
  for (let i = 0; i < 2; i++)
    assert.is(await output(importBlocks(config, path, by, print)), 'rows imported: 2,345');
  const first = await exported(exportBlocks);
  assert.is(first.split('\n').length, 2_347);
  assert.match(first, '"b ""x"", é"');
  await importBlocks(config, fileOf(first), by, print);
  const [before, after] = [first, await exported(exportBlocks)].map(rulesOf);
  assert.equal(after, before);
});

test('exports the allowlist, and imports it as often as one likes', async () => {
  const path = fileOf(
    'scope,value,reason\nb_number,\'+234809,hotline\nsource,192.0.2.0/24,"a\nb"\ntrunk,\'=lagos,\n',
  );
  const message = (await complaintOf(importAllowed(config, path, by, print))).message;
  assert.match(message, /^line 3: reason: holds a control character/);
  writeFileSync(
    path,
    'scope,value,reason\nb_number,\'+234809,hotline\nsource,192.0.2.0/24,"a,b"\ntrunk,\'=lagos,\n',
  );
  for (let i = 0; i < 2; i++)
    assert.is(await output(importAllowed(config, path, by, print)), 'rows imported: 3');
  const first = await exported(exportAllowed);
  await importAllowed(config, fileOf(first), by, print);
  assert.equal(rulesOf(await exported(exportAllowed)), rulesOf(first));
  assert.is(first.trimEnd().split('\n').length, 4);
});

/** The lines without the time of the last change, in a fixed order. */
function rulesOf(csv: string): string[] {
  return csv
    .split('\n')
    .map((line) => line.replace(/,ada,[^,]*,$/, ''))
    .sort();
}

test('names the line that the sidecar refuses, and writes nothing of its batch', async () => {
  const path = fileOf(
    `a_number,b_number,expires_at\n1,2,${tomorrow.toISOString()}\nanonymous,2,${tomorrow.toISOString()}\n`,
  );
  const { message } = await complaintOf(importBlocks(config, path, by, print));
  assert.match(message, /^line 3: a_number: is anonymous/);
  assert.is(await output(listBlocks(config, { a: '', b: '', limit: 100 }, print)), 'No pair is blocked.');
});

test('says which file it cannot read', async () => {
  const { message } = await complaintOf(importBlocks(config, join(directory, 'absent.csv'), by, print));
  assert.match(message, /no such file or directory.*absent\.csv/);
});

test('passes on what the sidecar says', async () => {
  const { message, code } = await complaintOf(showAlert(config, ALERT_ID, {}, print));
  assert.is(message, `there is no alert ${ALERT_ID}`);
  assert.is(code, 'ACM_NOT_FOUND');
  server.alerts.away = true;
  assert.is((await complaintOf(showAlert(config, ALERT_ID, {}, print))).message, 'the store does not answer');
});

test('advises whoever asks a sidecar that is not there', async () => {
  const nowhere = loadConfig({ ACM_SIDECAR_ADDRESS: `unix:${join(directory, 'absent.sock')}` });
  const { message } = await complaintOf(listPolicies(nowhere, { limit: 1 }, print));
  assert.match(message, 'is it running? Start it with `acm serve`, or set ACM_SIDECAR_ADDRESS');
});

test.run();

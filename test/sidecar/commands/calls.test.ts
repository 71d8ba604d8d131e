/** What `acm calls` does, against CallService on a real gRPC server. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endCalls, listCalls } from '../../../sidecar/management/calls.js';
import { type Config, loadConfig } from '../../../src/config.js';
import { AcmError } from '../../../src/errors.js';
import { type ManagementServer, startManagementServer } from '../../support/management-server.js';

const test = suite('sidecar/commands/calls');

const END = { author: 'ada', reason: 'a reason', alert: '' };
const ALL = { b: '', limit: 100 };

let server: ManagementServer;
let config: Config;
let printed: string[];

test.before.each(async () => {
  server = await startManagementServer();
  config = loadConfig({ ACM_SIDECAR_ADDRESS: server.address });
  printed = [];
});

test.after.each(() => server.stop());

const print = (line: string): void => void printed.push(line);

/** What the work printed. */
async function output(work: Promise<void>): Promise<string> {
  printed = [];
  await work;
  return printed.join('\n');
}

test('lists calls in progress, of one B-number or all, in words and as JSON', async () => {
  assert.match(await output(listCalls(config, ALL, print)), 'No call is in progress');
  server.admission.report('+15550000001', 'one');
  server.admission.report('+15550000001', 'emergency', { bNumber: '112' });
  const listed = await output(listCalls(config, ALL, print));
  assert.match(listed, /^ringing .*15550000001 -> 2348099999999 .*sw .*one$/m);
  assert.match(await output(listCalls(config, { ...ALL, limit: 1 }, print)), 'There are more than 1');
  const ofOne = { ...ALL, b: '2348099999999', json: true } as const;
  const [json, ...others] = JSON.parse(await output(listCalls(config, ofOne, print)));
  assert.equal([json.callId, json.phase, others], ['one', 'RINGING', []]);
});

test('ends calls; one that is not known to have ended is a failure', async () => {
  server.admission.report('+15550000001', 'one');
  server.admission.report('+15550000001', 'emergency', { bNumber: '112' });
  assert.is(await output(endCalls(config, ['one'], END, print)), 'one has ended.');
  try {
    await endCalls(config, ['one', 'emergency'], END, print);
    assert.unreachable('an emergency call was ended');
  } catch (error) {
    assert.instance(error, AcmError);
    assert.is((error as AcmError).message, 'of 2 calls 1 are not known to have ended');
  }
  assert.match(printed.at(-1) ?? '', 'emergency: the call is spared');
});

test.run();

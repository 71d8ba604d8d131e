import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../../src/errors.js';
import { KamailioLister } from '../../../src/switches/kamailio/lister.js';
import { refusal, ScriptedRpc } from '../../support/switches/scripted-rpc.js';
import { WRITTEN_DIALOG, WRITTEN_EARLY_DIALOG } from './a-dialog.js';

const test = suite('switches/kamailio/lister');

/** Ten seconds after the INVITEs. */
const WALL_MS = 1_795_576_540_000;
const listerOf = (rpc: ScriptedRpc): KamailioLister => new KamailioLister('edge', rpc, () => WALL_MS);

test('lists calls by what the script has noted, or else by From and To', async () => {
  const rpc = new ScriptedRpc({
    'dlg.stats_active': { all: 2 },
    'dlg.list': [WRITTEN_DIALOG, WRITTEN_EARLY_DIALOG],
  });
  assert.equal(await listerOf(rpc).listCalls(), {
    complete: true,
    calls: [
      {
        callId: 'call-1',
        fromTag: 'tag-a',
        aNumber: '+4930100',
        bNumber: '+4930200',
        sourceIp: '192.0.2.7',
        state: 'answered',
        ageMs: 9_500,
      },
      {
        callId: 'call-2',
        fromTag: 'tag-a',
        aNumber: '+49301',
        bNumber: '+49302',
        sourceIp: '',
        state: 'ringing',
        ageMs: 9_500,
      },
    ],
  });
});

test('leaves out what has ended, and what is no dialog', async () => {
  const dialogs = [{ ...WRITTEN_DIALOG, state: 5 }, null, 'x', {}, { ...WRITTEN_DIALOG, 'call-id': '' }];
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 5 }, 'dlg.list': dialogs });
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: true });
});

test('makes no call younger than nothing, whatever the clock of Kamailio says', async () => {
  const ahead = { ...WRITTEN_DIALOG, init_ts: WALL_MS / 1_000 + 60 };
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 1 }, 'dlg.list': [ahead] });
  assert.is((await listerOf(rpc).listCalls()).calls[0]?.ageMs, 0);
});

test('does not read more than 5,000 dialogs', async () => {
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 5_001 }, 'dlg.list': [] });
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: false });
  assert.equal(rpc.methods, ['dlg.stats_active']);
});

test('does not read more than the way can carry', async () => {
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 40 }, 'dlg.list': [] }, 65_507);
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: false });
});

test('asks for no list where there are no calls', async () => {
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 0 } });
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: true });
});

test('complains of a refusal, and of what is no list', async () => {
  for (const answers of [
    {},
    { 'dlg.stats_active': { all: 1 } },
    { 'dlg.stats_active': { all: 1 }, 'dlg.list': refusal(500, 'Server failure') },
    { 'dlg.stats_active': { all: 1 }, 'dlg.list': {} },
  ])
    try {
      await listerOf(new ScriptedRpc(answers)).listCalls();
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof AcmError && error.code === 'ACM_UNAVAILABLE');
    }
});

test('reads nothing where the count is none', async () => {
  const rpc = new ScriptedRpc({ 'dlg.stats_active': { all: 'many' }, 'dlg.list': [] });
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: false });
});

test.run();

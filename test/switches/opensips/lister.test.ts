import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../../src/errors.js';
import { CommandCaller } from '../../../src/switches/opensips/commands.js';
import { readDialog } from '../../../src/switches/opensips/dialog-record.js';
import { OpensipsLister } from '../../../src/switches/opensips/lister.js';
import { writeDialog } from '../../support/opensips/mi-dialog.js';
import { refusal, ScriptedRpc } from '../../support/switches/scripted-rpc.js';

const test = suite('switches/opensips/lister');

const WALL_MS = 1_795_576_540_000;
const listerOf = (rpc: ScriptedRpc): OpensipsLister =>
  new OpensipsLister('edge', new CommandCaller(rpc), () => WALL_MS);

function written(number: number, state: 2 | 4 | 5, values: Record<string, string> = {}): object {
  const dialog = {
    id: `3a1.${number}`,
    callId: `call-${number}`,
    fromTag: `tag-${number}`,
    fromUri: 'sip:+49301@192.0.2.7',
    toUri: 'sip:+49302@192.0.2.1',
    values,
    answeredSeconds: state === 2 ? 0 : WALL_MS / 1_000 - 7,
    state,
    told: { caller: '', callee: '' },
  };
  return writeDialog(dialog, true);
}

/** Answers pages of what the dialogs are at the time. */
function paging(dialogs: () => readonly object[]): ScriptedRpc {
  return new ScriptedRpc({
    dlg_list_ctx: (params: unknown) => {
      const { index, counter } = params as { readonly index: number; readonly counter: number };
      const now = dialogs();
      return { count: now.length, Dialogs: now.slice(index, index + counter) };
    },
  });
}

test('lists calls by what the script has noted, or else by From and To', async () => {
  const noted = { acm_a: '+4930100', acm_b: '+4930200', acm_ip: '192.0.2.7' };
  const rpc = paging(() => [written(1, 4, noted), written(2, 2), written(3, 5)]);
  assert.equal(await listerOf(rpc).listCalls(), {
    complete: true,
    calls: [
      {
        callId: 'call-1',
        fromTag: 'tag-1',
        aNumber: '+4930100',
        bNumber: '+4930200',
        sourceIp: '192.0.2.7',
        state: 'answered',
        ageMs: 7_000,
      },
      {
        callId: 'call-2',
        fromTag: 'tag-2',
        aNumber: '+49301',
        bNumber: '+49302',
        sourceIp: '',
        state: 'ringing',
        ageMs: 0,
      },
    ],
  });
});

test('reads page by page, each call once', async () => {
  const dialogs = Array.from({ length: 1_000 }, (_, number) => written(number, 4));
  const rpc = paging(() => dialogs);
  const { calls, complete } = await listerOf(rpc).listCalls();
  assert.ok(complete);
  assert.is(calls.length, 1_000);
  assert.is(rpc.asked.length, 13, 'pages of 100, each 20 of which are of the one before');
});

test('misses no call where others end between two pages', async () => {
  let dialogs = Array.from({ length: 500 }, (_, number) => written(number, 4));
  const rpc = paging(() => {
    const now = dialogs;
    dialogs = dialogs.slice(20);
    return now;
  });
  const { calls } = await listerOf(rpc).listCalls();
  const found = new Set(calls.map(({ callId }) => callId));
  for (let number = 200; number < 500; number++) assert.ok(found.has(`call-${number}`), `call-${number}`);
});

test('does not read more than 5,000 dialogs', async () => {
  const rpc = new ScriptedRpc({ dlg_list_ctx: { count: 5_001, Dialogs: [written(1, 4)] } });
  assert.equal(await listerOf(rpc).listCalls(), { calls: [], complete: false });
});

test('complains of a refusal, and of what is no list', async () => {
  for (const answer of [refusal(500, 'Internal error'), {}, 'OK', { count: 1 }, { Dialogs: [] }])
    try {
      await listerOf(new ScriptedRpc({ dlg_list_ctx: answer })).listCalls();
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof AcmError && error.code === 'ACM_UNAVAILABLE');
    }
});

test('takes nothing strange for a dialog', () => {
  for (const strange of [null, undefined, 7, 'x', [], {}, { state: '4' }])
    assert.is(readDialog(strange), undefined);
  const bare = readDialog({ state: 4, callid: 'call-1', context: { values: 'x' } })!;
  assert.equal([bare.identity, bare.fromTag, bare.variables.size], ['call-1', '', 0]);
});

test.run();

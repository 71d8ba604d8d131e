import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../../src/errors.js';
import { KamailioDialogs } from '../../../src/switches/kamailio/dialogs.js';
import { orderToEnd } from '../../support/switches/fixture.js';
import { refusal, ScriptedRpc } from '../../support/switches/scripted-rpc.js';
import { aDialog, WRITTEN_DIALOG, WRITTEN_EARLY_DIALOG } from './a-dialog.js';

const test = suite('switches/kamailio/dialogs');

const ORDER = orderToEnd({ callId: 'call-1', fromTag: 'tag-a' }, 'edge');
const REASON = 'Reason: SIP;cause=608;text="Rejected"\r\n';
const soon = (): number => 1_000;

function dialogsOf(rpc: ScriptedRpc, mayLoseSecondBye = false): KamailioDialogs {
  return new KamailioDialogs(rpc, () => mayLoseSecondBye);
}

test('finds a dialog by Call-ID and tag, or by Call-ID alone where no tag is known', async () => {
  const rpc = new ScriptedRpc({ 'dlg.dlg_list': WRITTEN_DIALOG });
  assert.equal(await dialogsOf(rpc).find(ORDER, soon), aDialog());
  await dialogsOf(rpc).find({ ...ORDER, fromTag: '' }, soon);
  assert.equal(
    rpc.asked.map(({ params }) => params),
    [['call-1', 'tag-a'], ['call-1']],
  );
});

test('takes no dialog, and one that has ended, for gone', async () => {
  assert.is(await dialogsOf(new ScriptedRpc({ 'dlg.dlg_list': {} })).find(ORDER, soon), 'gone');
  const ended = { ...WRITTEN_DIALOG, state: 5 };
  assert.is(await dialogsOf(new ScriptedRpc({ 'dlg.dlg_list': ended })).find(ORDER, soon), 'gone');
});

test('cannot end calls without the dialog module', async () => {
  const unknown = refusal(500, 'Method Not Found');
  assert.is(await dialogsOf(new ScriptedRpc({ 'dlg.dlg_list': unknown })).find(ORDER, soon), 'unsupported');
  assert.is(await dialogsOf(new ScriptedRpc({})).find(ORDER, soon), 'unsupported');
});

test('complains where Kamailio cannot look', async () => {
  const rpc = new ScriptedRpc({ 'dlg.dlg_list': refusal(500, 'Server failure') });
  try {
    await dialogsOf(rpc).find(ORDER, soon);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, AcmError);
  }
});

test('ends an answered call by its place in the table', async () => {
  const rpc = new ScriptedRpc({ 'dlg.end_dlg': {} });
  await dialogsOf(rpc).end(aDialog(), ORDER, soon);
  assert.equal(rpc.asked, [{ method: 'dlg.end_dlg', params: [3942, 945, REASON] }]);
});

test('leaves it at that where the dialog is gone meanwhile', async () => {
  const rpc = new ScriptedRpc({ 'dlg.end_dlg': refusal(404, 'Dialog not found') });
  await dialogsOf(rpc).end(aDialog(), ORDER, soon);
  assert.equal(rpc.methods, ['dlg.end_dlg']);
});

test('ends it by Call-ID and tags where that is refused', async () => {
  const rpc = new ScriptedRpc({
    'dlg.end_dlg': refusal(500, 'Invalid parameters'),
    'dlg.terminate_dlg': {},
  });
  await dialogsOf(rpc).end(aDialog(), ORDER, soon);
  assert.equal(rpc.asked.at(-1), { method: 'dlg.terminate_dlg', params: ['call-1', 'tag-a', 'tag-b'] });
});

test('answers the INVITE of a call that rings, found by Call-ID and CSeq', async () => {
  const rpc = new ScriptedRpc({ 'tm.reply_callid': {} });
  await dialogsOf(rpc).end(aDialog(WRITTEN_EARLY_DIALOG), ORDER, soon);
  const toTag = ORDER.disconnectId.replaceAll('-', '');
  assert.equal(rpc.asked, [
    { method: 'tm.reply_callid', params: [608, 'Rejected', 'call-2', '101', toTag, REASON, ''] },
  ]);
});

test('ends the dialog where the call has been answered meanwhile', async () => {
  for (const refused of [refusal(404, 'Transaction not found'), refusal(500, 'Reply failed')]) {
    const rpc = new ScriptedRpc({ 'tm.reply_callid': refused, 'dlg.end_dlg': {} });
    await dialogsOf(rpc).end(aDialog(WRITTEN_EARLY_DIALOG), ORDER, soon);
    assert.equal(rpc.methods, ['tm.reply_callid', 'dlg.end_dlg']);
  }
});

test('sends the callee one more BYE where the version may have left it out', async () => {
  const rpc = new ScriptedRpc({ 'tm.t_uac_start': {} });
  await dialogsOf(rpc, true).finish(aDialog(), ORDER, soon);
  assert.equal(rpc.methods, ['tm.t_uac_start']);
});

test('sends none by a version that leaves nothing out, and none for a call that was not answered', async () => {
  const rpc = new ScriptedRpc({});
  await dialogsOf(rpc, false).finish(aDialog(), ORDER, soon);
  await dialogsOf(rpc, true).finish(aDialog(WRITTEN_EARLY_DIALOG), ORDER, soon);
  assert.equal(rpc.methods, []);
});

test.run();

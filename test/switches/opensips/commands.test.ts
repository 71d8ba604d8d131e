import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandCaller, DLG_END, DLG_LIST } from '../../../src/switches/opensips/commands.js';
import { refusal, ScriptedRpc } from '../../support/switches/scripted-rpc.js';

const test = suite('switches/opensips/commands');

const soon = (): number => 1_000;

test('asks by the old name, which most versions know', async () => {
  const rpc = new ScriptedRpc({ dlg_end_dlg: 'OK' });
  const answer = await new CommandCaller(rpc).call(DLG_END, { dialog_id: '1' }, soon);
  assert.equal(answer, { ok: true, result: 'OK' });
  assert.equal(rpc.asked, [{ method: 'dlg_end_dlg', params: { dialog_id: '1' } }]);
});

test('asks by the new name where the old one is unknown, and by that from then on', async () => {
  const rpc = new ScriptedRpc({ 'dialog:end_dlg': 'OK', 'dialog:list': {} });
  const commands = new CommandCaller(rpc);
  await commands.call(DLG_END, {}, soon);
  await commands.call(DLG_END, {}, soon);
  await commands.call(DLG_LIST, {}, soon);
  assert.equal(rpc.methods, ['dlg_end_dlg', 'dialog:end_dlg', 'dialog:end_dlg', 'dlg_list', 'dialog:list']);
});

test('goes back to the old name where the new one has become unknown', async () => {
  const answers: Record<string, unknown> = { 'dialog:end_dlg': 'OK' };
  const rpc = new ScriptedRpc(answers);
  const commands = new CommandCaller(rpc);
  await commands.call(DLG_END, {}, soon);
  delete answers['dialog:end_dlg'];
  answers['dlg_end_dlg'] = 'OK';
  assert.ok((await commands.call(DLG_END, {}, soon)).ok);
});

test('takes any other refusal for an answer', async () => {
  const rpc = new ScriptedRpc({ dlg_end_dlg: refusal(404, 'Dialog not found') });
  const answer = await new CommandCaller(rpc).call(DLG_END, {}, soon);
  assert.is(!answer.ok && answer.code, 404);
  assert.equal(rpc.methods, ['dlg_end_dlg']);
});

test('says that it is unknown where both names are', async () => {
  const answer = await new CommandCaller(new ScriptedRpc({})).call(DLG_END, {}, soon);
  assert.is(!answer.ok && answer.code, -32_601);
});

test.run();

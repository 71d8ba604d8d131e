import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readDialog } from '../../../src/switches/kamailio/dialog-record.js';
import { WRITTEN_DIALOG, WRITTEN_EARLY_DIALOG } from './a-dialog.js';

const test = suite('switches/kamailio/dialog-record');

test('reads an answered dialog', () => {
  const dialog = readDialog(WRITTEN_DIALOG)!;
  assert.is(dialog.identity, '3942:945');
  assert.equal([dialog.callId, dialog.fromTag, dialog.toTag], ['call-1', 'tag-a', 'tag-b']);
  assert.equal([dialog.stage, dialog.initSeconds, dialog.callerCseq], ['answered', 1_795_576_530, '101']);
  assert.equal([...dialog.variables].sort(), [
    ['acm_a', '+4930100'],
    ['acm_b', '+4930200'],
    ['acm_ip', '192.0.2.7'],
  ]);
});

test('reads one that rings, whose callee is null', () => {
  const dialog = readDialog(WRITTEN_EARLY_DIALOG)!;
  assert.is(dialog.stage, 'ringing');
  assert.equal([dialog.toTag, dialog.callee], ['', { contact: '', routeSet: '', socket: '' }]);
});

test('knows the stages by their numbers', () => {
  const stages = [1, 2, 3, 4, 5].map((state) => readDialog({ ...WRITTEN_DIALOG, state })!.stage);
  assert.equal(stages, ['ringing', 'ringing', 'answered', 'answered', 'ended']);
});

test('takes an empty object for no dialog', () => {
  assert.is(readDialog({}), undefined);
});

test('survives whatever else may be written', () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({
      h_entry: fc.nat(),
      h_id: fc.nat(),
      state: fc.nat(),
      variables: fc.jsonValue(),
      caller: fc.jsonValue(),
      callee: fc.jsonValue(),
    }),
  );
  fc.assert(
    fc.property(anything, (value) => {
      const dialog = readDialog(value);
      assert.ok(dialog === undefined || typeof dialog.callId === 'string');
    }),
  );
});

test.run();

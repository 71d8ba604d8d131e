import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mayLoseSecondBye, secondBye } from '../../../src/switches/kamailio/second-bye.js';
import { orderToEnd } from '../../support/switches/fixture.js';
import { aDialog } from './a-dialog.js';

const test = suite('switches/kamailio/second-bye');

const VERSIONS: readonly (readonly [version: string, mayLose: boolean])[] = [
  ['kamailio 5.5.4 (x86_64/linux) ', true],
  ['kamailio 5.6.3 (x86_64/linux) ', true],
  ['kamailio 5.7.7 (x86_64/linux) ', true],
  ['kamailio 5.8.5 (x86_64/linux) ', true],
  ['kamailio 5.8.6 (x86_64/linux) ', false],
  ['kamailio 6.0.1 (aarch64/linux) ', true],
  ['kamailio 6.0.2 (aarch64/linux) ', false],
  ['kamailio 6.1.0 (x86_64/linux) ', false],
  ['kamailio 7.0.0-dev1 (x86_64/linux) ', false],
  ['', true],
  ['something else', true],
];

for (const [version, mayLose] of VERSIONS)
  test(`${mayLose ? 'does not trust' : 'trusts'} "${version}" with both BYEs`, () => {
    assert.is(mayLoseSecondBye(version), mayLose);
  });

const ORDER = orderToEnd({ callId: 'call-1', fromTag: 'tag-a' }, 'edge');

test('is a BYE of the caller within the dialog, past the number of the first one', () => {
  assert.equal(secondBye(aDialog(), ORDER), [
    'BYE',
    'sip:callee@192.0.2.9:5062',
    '.',
    'udp:192.0.2.1:5060',
    'From: <sip:+49301@192.0.2.7>;tag=tag-a\r\n' +
      'To: <sip:+49302@192.0.2.1>;tag=tag-b\r\n' +
      'Call-ID: call-1\r\n' +
      'CSeq: 103 BYE\r\n' +
      'Max-Forwards: 70\r\n' +
      'Reason: SIP;cause=608;text="Rejected"\r\n',
  ]);
});

test('goes along the route of the dialog', () => {
  const routeSet = '<sip:192.0.2.3;lr;ftag=x>,<sip:192.0.2.4:5080;lr>';
  const dialog = aDialog();
  const bye = secondBye({ ...dialog, callee: { ...dialog.callee, routeSet } }, ORDER)!;
  assert.is(bye[2], 'sip:192.0.2.3;lr;ftag=x');
  assert.match(bye[4]!, `\r\nRoute: ${routeSet}\r\n`);
});

test('is none where the dialog does not say enough', () => {
  const dialog = aDialog();
  assert.is(secondBye({ ...dialog, callerCseq: '' }, ORDER), undefined);
  assert.is(secondBye({ ...dialog, callerCseq: 'x' }, ORDER), undefined);
  assert.is(secondBye({ ...dialog, toTag: '' }, ORDER), undefined);
  assert.is(secondBye({ ...dialog, callee: { ...dialog.callee, contact: '' } }, ORDER), undefined);
});

test.run();

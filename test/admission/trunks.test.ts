import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type TrunkSettings, Trunks } from '../../src/admission/trunks.js';

const test = suite('admission/trunks');

function trunk(name: string, ...sources: string[]): TrunkSettings {
  return { name, sources, trustIdentity: true, trustDiversion: false, rejectProfile: '603+' };
}

const trunks = new Trunks(
  [trunk('a', '10.1.0.0/16', '2001:db8::/32'), trunk('b', '10.0.0.0/8', '192.0.2.1')],
  '608',
  'https://acm.example/why',
);

test('finds a trunk by its name, whatever the address', () => {
  assert.is(trunks.find('b', '10.1.2.3').name, 'b');
});

test('finds a trunk by the first range that holds the address', () => {
  assert.is(trunks.find('', '10.1.2.3').name, 'a');
  assert.is(trunks.find('', '10.2.2.3').name, 'b');
  assert.is(trunks.find('', '192.0.2.1').name, 'b');
  assert.is(trunks.find('', '2001:db8::7').name, 'a');
});

test('falls back to a trunk that trusts nobody', () => {
  for (const found of [
    trunks.find('', '203.0.113.9'),
    trunks.find('', ''),
    trunks.find('unknown', '10.1.2.3'),
    trunks.find('', 'nonsense'),
  ]) {
    assert.equal([found.name, found.trustIdentity, found.answer.status], ['', false, 608]);
  }
});

test('remembers addresses only, however much nonsense it is asked about', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200; i++) trunks.find('', `${i}`.padEnd(1_000_000, 'x'));
  collectGarbage();
  assert.ok(process.memoryUsage().heapUsed - before < 100_000_000);
});

test('answers by the profile of the trunk', () => {
  assert.equal(trunks.find('a', '').answer, {
    status: 603,
    phrase: 'Network Blocked',
    reasonHeader: 'SIP;cause=603;text="v=analytics1;url=https://acm.example/why";location=TN',
  });
});

test.run();

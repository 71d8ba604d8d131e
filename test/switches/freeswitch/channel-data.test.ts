import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readHeaderChannel, readJsonChannel, uuidOf } from '../../../src/switches/freeswitch/channel-data.js';

const data = suite('switches/freeswitch/channel-data');

data('reads the fields of an event; of several values of one name the first counts', () => {
  const field = readJsonChannel('{"A":"1","B":["2","3"],"C":4,"D":null,"__proto__":"5"}')!;
  assert.equal(['A', 'B', 'C', 'D', 'constructor'].map(field), ['1', '2', '', '', '']);
});

data('survives whatever comes as an event', () => {
  for (const text of ['', '{', 'null', '[]', '"x"', '12']) assert.is(readJsonChannel(text), undefined, text);
  fc.assert(
    fc.property(fc.json(), (text) => {
      const field = readJsonChannel(text);
      if (field !== undefined) assert.type(field('Unique-ID'), 'string');
    }),
  );
});

data('reads the fields of a call that is handed over, and leaves alone what is encoded wrongly', () => {
  const field = readHeaderChannel(
    new Map([
      ['caller-network-addr', '2001%3Adb8%3A%3A1'],
      ['variable_x', '50%'],
    ]),
  );
  assert.equal(['Caller-Network-Addr', 'variable_x', 'none'].map(field), ['2001:db8::1', '50%', '']);
});

data('takes for the name of a channel only what is safe within a command', () => {
  const uuidIn = (uuid: string) => uuidOf(() => uuid);
  assert.is(uuidIn('47ef1bc0-e6e8-424d-9b65-dd5e3c02fac0'), '47ef1bc0-e6e8-424d-9b65-dd5e3c02fac0');
  for (const hostile of ['', 'a b', "a' inline", 'a\nexit', 'x'.repeat(257)])
    assert.is(uuidIn(hostile), undefined);
});

data.run();

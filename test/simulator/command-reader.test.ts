import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandReader } from '../../src/simulator/command-reader.js';

const test = suite('simulator/command-reader');

const linesOf = (...chunks: readonly string[]): (string[] | undefined)[] => {
  const reader = new CommandReader();
  return chunks.map((chunk) => reader.push(Buffer.from(chunk))?.map(({ line }) => line));
};

test('reads commands in pieces of any size', () => {
  const text = Buffer.from(
    'auth ClueCon\n\napi uuid_setvar x name Zoë\r\n\r\n\n\nbgapi status\nJob-UUID: j\n\n',
  );
  fc.assert(
    fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 12 }), (cuts) => {
      const reader = new CommandReader();
      const places = [0, ...[...cuts].sort((one, other) => one - other), text.length];
      const commands = places.slice(1).flatMap((end, n) => reader.push(text.subarray(places[n], end)) ?? []);
      assert.equal(
        commands.map(({ line }) => line),
        ['auth ClueCon', 'api uuid_setvar x name Zoë', 'bgapi status'],
      );
      assert.is(commands[2].headers.get('job-uuid'), 'j');
    }),
  );
});

test('passes over the body that a command announces', () => {
  assert.equal(linesOf('sendevent NOTIFY\nContent-Length: 12\n\nexit\n\nexit\n\nexit\n\n'), [
    ['sendevent NOTIFY', 'exit'],
  ]);
  assert.equal(linesOf('x\nContent-Length: 6\n\nex', 'it\n\napi status\n\n'), [['x'], ['api status']]);
});

test('gives up on a command that is too long, in one line or in many', () => {
  assert.equal(linesOf('x'.repeat(65_537)), [undefined]);
  const [header] = linesOf('a: b\n'.repeat(20_000));
  assert.is(header, undefined);
});

test('survives anything', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      const reader = new CommandReader();
      for (const chunk of chunks) reader.push(Buffer.from(chunk));
    }),
  );
});

test.run();

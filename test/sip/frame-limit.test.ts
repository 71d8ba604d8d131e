import { createRequire } from 'node:module';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitFrames } from '../../src/sip/frame-limit.js';

const test = suite('sip/frame-limit');

test('drops the frame that would silence drachtio-server, tells of it, and lets the others pass', () => {
  const { prototype } = createRequire(import.meta.url)('drachtio-srf/lib/wire-protocol');
  const sent: string[] = [];
  prototype.send = (_socket: unknown, payload: string) => {
    sent.push(payload);
    return 'message id';
  };
  const dropped: number[] = [];
  limitFrames((bytes) => void dropped.push(bytes));
  const longest = 'x'.repeat(12_228 - 43);
  assert.is(prototype.send({}, longest), 'message id');
  assert.is(prototype.send({}, `${longest}y`), '');
  assert.equal(sent, [longest]);
  assert.equal(dropped, [12_229]);
});

test.run();

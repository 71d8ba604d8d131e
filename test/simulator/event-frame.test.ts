import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { frameOf } from '../../src/simulator/event-frame.js';

const test = suite('simulator/event-frame');

/** Content type and payload of a frame whose length is right. */
function unframed(frame: string): { readonly type: string; readonly payload: string } {
  const [, length, type, payload] = /^Content-Length: (\d+)\nContent-Type: (\S+)\n\n(.*)$/s.exec(frame)!;
  assert.is(Buffer.byteLength(payload), Number(length));
  return { type, payload };
}

test('counts bytes, not characters', () => {
  assert.match(frameOf({ name: 'Zoë' }, '', 'json'), 'Content-Length: 15\nContent-Type: text/event-json\n\n');
});

test('any value comes through, in both formats', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, body) => {
      const json = unframed(frameOf({ value }, body, 'json'));
      assert.is(json.type, 'text/event-json');
      const parsed = JSON.parse(json.payload);
      assert.equal([parsed.value, parsed._body ?? ''], [value, body]);
      const plain = unframed(frameOf({ value }, body, 'plain'));
      const [head] = plain.payload.split('\n\n');
      assert.is(decodeURIComponent(/^value: (.*)$/m.exec(head)![1]), value);
      assert.ok(plain.payload.endsWith(body));
    }),
  );
});

test.run();

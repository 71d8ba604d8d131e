import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidFieldError } from '../../../src/errors.js';
import { parametersOf } from '../../../src/reconcile/gateway/payload.js';

const test = suite('reconcile/gateway/payload');

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('is nothing, bytes, or a JSON array', () => {
  assert.equal(parametersOf(Buffer.alloc(0)), []);
  assert.equal(parametersOf(Buffer.from([0, 0xff])), ['\\x00ff']);
  assert.equal(
    parametersOf(json([1, 'a', true, null, [], [1, null, 'b"\\'], { a: 1 }, [{ a: 'x' }], [[1], [2]]])),
    [
      '1',
      'a',
      'true',
      null,
      '{}',
      '{"1",NULL,"b\\"\\\\"}',
      '{"a":1}',
      '{"{\\"a\\":\\"x\\"}"}',
      '{{"1"},{"2"}}',
    ],
  );
});

test('names the parameter that cannot be used', () => {
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('[1,'), /^payload: is not JSON/],
    [Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), /^payload: is not JSON/],
    [json(['', 'a\0']), /^payload\[1\]: contains a NUL/],
    [json([['a\0']]), /^payload\[0\]: contains a NUL/],
    [json([[[[[[[[1]]]]]]]]), /^payload\[0\]: is an array of more than six/],
    [json(Array(1_001).fill(0)), /^payload: holds 1001 parameters/],
    [Buffer.alloc(1024 * 1024 + 1), /^payload: is 1048577 bytes/],
    [Buffer.from('['.repeat(500_000)), /^payload/],
  ];
  for (const [payload, complaint] of cases)
    assert.throws(
      () => parametersOf(payload),
      (error: Error) => complaint.test(error.message),
    );
});

test('survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, asArray) => {
      const payload = asArray ? Buffer.concat([Buffer.from('['), bytes]) : bytes;
      try {
        for (const value of parametersOf(payload)) assert.ok(value === null || typeof value === 'string');
      } catch (error) {
        assert.instance(error, InvalidFieldError);
      }
    }),
  );
});

test.run();

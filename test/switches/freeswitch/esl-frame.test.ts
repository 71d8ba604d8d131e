import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../../src/errors.js';
import { type EslFrame, EslFrameReader } from '../../../src/switches/freeswitch/esl-frame.js';

const frames = suite('switches/freeswitch/esl-frame');

const LIMITS = { headBytesMax: 256, bodyBytesMax: () => 64 };

interface Read {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly oversized: boolean;
}

function readInPieces(pieces: readonly Buffer[]): Read[] {
  const taken: Read[] = [];
  const reader = new EslFrameReader(LIMITS, ({ headers, body, oversized }: EslFrame) => {
    taken.push({ headers: Object.fromEntries(headers), body: body.toString(), oversized });
  });
  for (const piece of pieces) reader.push(piece);
  return taken;
}

function read(text: string): Read[] {
  return readInPieces([Buffer.from(text)]);
}

frames('reads headers and the body that they announce', () => {
  assert.equal(read('Content-Length: 3\nContent-Type: text/event-json\n\n{}\nReply-Text: +OK\n\n'), [
    {
      headers: { 'content-length': '3', 'content-type': 'text/event-json' },
      body: '{}\n',
      oversized: false,
    },
    { headers: { 'reply-text': '+OK' }, body: '', oversized: false },
  ]);
});

frames('takes lines that end in CRLF, empty lines between messages, and lines that are no headers', () => {
  assert.equal(read('\n\r\n\nnonsense\r\n: nobody\r\nA: 1\r\nA: 2\r\n\r\n'), [
    { headers: { a: '1' }, body: '', oversized: false },
  ]);
});

frames('skips a body that is too large, says so, and reads on', () => {
  const [large, next] = read(`Content-Length: 65\n\n${'x'.repeat(65)}A: 1\n\n`);
  assert.equal(large, { headers: { 'content-length': '65' }, body: '', oversized: true });
  assert.equal(next!.headers, { a: '1' });
});

frames('keeps nothing of an announced body of terabytes', () => {
  assert.equal(read('Content-Length: 999999999999999\n\nabc'), []);
});

const UNFRAMEABLE: ReadonlyArray<readonly [name: string, text: string]> = [
  ['a length that is no number', 'Content-Length: many\n\n'],
  ['a negative length', 'Content-Length: -1\n\n'],
  ['a length beyond all numbers', `Content-Length: ${'9'.repeat(40)}\n\n`],
  ['headers without end', 'A'.repeat(300)],
  ['headers that are too long', `${'A: 1\n'.repeat(60)}\n`],
];

for (const [name, text] of UNFRAMEABLE)
  frames(`gives up on ${name}, having delivered what came before`, () => {
    const taken: EslFrame[] = [];
    const reader = new EslFrameReader(LIMITS, (frame) => taken.push(frame));
    assert.throws(
      () => reader.push(Buffer.from(`A: 1\n\n${text}`)),
      (error: unknown) => error instanceof AcmError && error.transient,
    );
    assert.is(taken.length, 1);
  });

frames('finds the same messages however they are cut to pieces', () => {
  const message = fc
    .record({ body: fc.string({ maxLength: 90 }), value: fc.stringMatching(/^[\w ;=%-]{0,40}$/) })
    .map(({ body, value }) => {
      const bytes = Buffer.from(body);
      const head = `X: ${value}\nContent-Length: ${bytes.length}\n\n`;
      return Buffer.concat([Buffer.from(head), bytes]);
    });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), cuts, (messages, lengths) => {
      const stream = Buffer.concat(messages);
      const pieces: Buffer[] = [];
      for (let from = 0, turn = 0; from < stream.length; turn++) {
        const length = lengths[turn % lengths.length]!;
        pieces.push(stream.subarray(from, from + length));
        from += length;
      }
      const whole = readInPieces([stream]);
      assert.equal(readInPieces(pieces), whole);
      assert.is(whole.length, messages.length);
    }),
  );
});

frames('survives bytes of any kind: it reads on, or gives up as one gives up on a dead peer', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), (chunks) => {
      try {
        readInPieces(chunks.map((chunk) => Buffer.from(chunk)));
      } catch (error) {
        assert.instance(error, AcmError);
      }
    }),
  );
});

frames.run();

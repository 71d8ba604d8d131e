import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  NetstringError,
  NetstringReader,
  netstringOf,
} from '../../../src/switches/kamailio/evapi-netstring.js';

const netstring = suite('switches/kamailio/evapi-netstring');

/** What is read from chunks, and what the reader complained of. */
function read(chunks: readonly (Buffer | string)[]): { payloads: string[]; complaint?: string } {
  const reader = new NetstringReader();
  const payloads: string[] = [];
  try {
    for (const chunk of chunks)
      reader.push(Buffer.from(chunk as string), (payload) => payloads.push(payload));
  } catch (error) {
    if (!(error instanceof NetstringError)) throw error;
    return { payloads, complaint: error.dropCause };
  }
  return { payloads };
}

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return ends.map((end, i) => stream.subarray(i === 0 ? 0 : ends[i - 1], end));
}

netstring('counts bytes, not characters', () => {
  assert.is(netstringOf('{"phrase":"é"}'), '15:{"phrase":"é"},');
});

netstring('any chunking gives the same messages', () => {
  const payloads = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(), { maxLength: 12 }), (sent, places) => {
      const stream = Buffer.from(sent.map(netstringOf).join(''));
      assert.equal(read(cut(stream, places)), { payloads: sent });
    }),
  );
});

netstring('whatever comes is read or complained of, the same in any chunking', () => {
  const bytes = fc.array(fc.constantFrom(...Buffer.from('0123456789:,{}a')), { maxLength: 30 });
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 6 }), (sent, places) => {
      const stream = Buffer.from(sent);
      assert.equal(read(cut(stream, places)), read([stream]));
    }),
  );
});

netstring('hands out what came before the stream stopped making sense', () => {
  for (const rest of ['x', ':,', '-1:', '3:abc;', '03:abc,', ' 3:abc,'])
    assert.equal(read([`2:ok,${rest}`]), { payloads: ['ok'], complaint: 'malformed' }, rest);
});

netstring('does not wait for a message that is too large, or for the end of an endless length', () => {
  for (const rest of ['131073:', '9999999', '999999:'])
    assert.equal(read([`2:ok,${rest}`]), { payloads: ['ok'], complaint: 'oversized' }, rest);
  const largest = 'a'.repeat(131_072);
  assert.equal(read([netstringOf(largest)]), { payloads: [largest] });
});

netstring.run();

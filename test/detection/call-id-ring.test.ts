import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallIdRing, ringBytesFor } from '../../src/detection/call-id-ring.js';

const test = suite('detection/call-id-ring');

test('gives back what it keeps, and nothing for a call without Call-ID', () => {
  const ring = new CallIdRing(1_000);
  const [one, none, other] = ['a84b4c76e66710@pc33.atlanta.com', '', 'ünïcode@ÿ'].map((id) => ring.write(id));
  assert.is(ring.read(one), 'a84b4c76e66710@pc33.atlanta.com');
  assert.is(ring.read(none), '');
  assert.is(ring.read(other), 'ünïcode@ÿ');
});

test('keeps a question mark for what is not Latin-1, and 512 units of a text that is longer', () => {
  const ring = new CallIdRing(1_000);
  assert.is(ring.read(ring.write('1€2\u{1f600}3')), '1?2??3');
  assert.is(ring.read(ring.write('x'.repeat(600))), 'x'.repeat(512));
});

test('forgets a Call-ID when the ring has come round, and only then', () => {
  const ring = new CallIdRing(514);
  const first = ring.write('a'.repeat(255));
  const second = ring.write('b'.repeat(255));
  assert.is(ring.read(first), 'a'.repeat(255));
  ring.write('c');
  assert.is(ring.read(first), '');
  assert.is(ring.read(second), 'b'.repeat(255));
});

test('has 48 bytes for a call, within its bounds', () => {
  assert.equal([1, 100_000, 30_000_000].map(ringBytesFor), [65_536, 4_800_000, 268_435_456]);
});

test('never gives a wrong or a mixed Call-ID, and always one that was written a moment ago', () => {
  // Texts that look like records themselves, so that a stale position could be taken in by one.
  const unit = fc.constantFrom('\u0000', '\u0001', '\u0002', 'a', 'ÿ', '€');
  const id = fc.oneof(
    fc.string({ unit, maxLength: 12 }),
    fc.string({ unit, minLength: 200, maxLength: 512 }),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 80 }), fc.integer({ min: 514, max: 1_500 }), (ids, bytes) => {
      const ring = new CallIdRing(bytes);
      const written: { position: number; kept: string }[] = [];
      for (const each of ids) {
        written.push({ position: ring.write(each), kept: each.replaceAll('€', '?') });
        let sinceThen = 0;
        for (const { position, kept } of written.toReversed()) {
          sinceThen += kept.length + 2;
          const read = ring.read(position);
          // A turn ends up to one record early.
          const isDue = sinceThen + 514 <= bytes;
          assert.ok(read === kept || (read === '' && !isDue), `${read} for ${kept}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test.run();

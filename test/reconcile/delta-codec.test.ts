import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SidecarNews } from '../../src/admission/exchange-ports.js';
import { NOT_PACKED, packNumber } from '../../src/detection/number.js';
import { NO_OBSERVATIONS } from '../../src/detection/observations.js';
import { AcmError } from '../../src/errors.js';
import { WindowDelta } from '../../src/gen/acm/v1/window.js';
import { DELTA_BYTES_MAX, DeltaCodec, idBytes, isOwn, packProbe } from '../../src/reconcile/delta-codec.js';
import { AGE_MS_MAX, RECORD_BYTES } from '../../src/reconcile/observation-records.js';
import { Seal } from '../../src/reconcile/sealed-news.js';

const codec = suite('reconcile/delta-codec');

const NOW_MS = 1_000_000.25;
const PEER = { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'edge-1' };
const HEAD = { peer: PEER, number: 7, signingOff: false };
const NO_NEWS: SidecarNews = { observations: NO_OBSERVATIONS, blocks: [], incidents: [], rulesRevision: 0 };
const SEAL = new Seal('a secret of all sidecars');

/** The store's clock is ahead by this much of the sender's and of the receiver's. */
const SENDER = { offsetMs: 1_800_000_000_000.4 };
const RECEIVER = { offsetMs: 1_799_999_000_123.9 };

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));
const key = digits(1, 15)
  .map((text) => packNumber(text, undefined))
  .filter((packed) => packed !== NOT_PACKED);
/** Objects with the prototype that literals have, since assert.equal compares it. */
const recordOf = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const time = fc.integer({ min: 0, max: 60_000 }).map((ageMs) => Math.floor(NOW_MS) - ageMs);
const severity = fc.constantFrom('medium' as const, 'high' as const, 'critical' as const);
const news: fc.Arbitrary<SidecarNews> = recordOf({
  observations: recordOf({
    calls: fc.array(fc.tuple(key, key, time), { maxLength: 50 }),
    named: fc.array(recordOf({ bNumber: name, aNumber: name, timeMs: time }), { maxLength: 10 }),
  }).map(({ calls, named }) => ({
    count: calls.length,
    bKeys: Float64Array.from(calls, ([bKey]) => bKey),
    aKeys: Float64Array.from(calls, ([, aKey]) => aKey),
    timesMs: Float64Array.from(calls, ([, , timeMs]) => timeMs),
    named,
  })),
  blocks: fc.array(
    recordOf({
      aNumber: name,
      bNumber: name,
      expiresMs: fc.integer({ min: 0, max: 86_400_000 }).map((ms) => Math.ceil(NOW_MS) + ms),
    }),
    { maxLength: 5 },
  ),
  incidents: fc.array(
    recordOf({
      alertId: fc.uuid(),
      bNumber: name,
      exempt: fc.boolean(),
      openedMs: time,
      lastDetectionMs: fc.constant(Math.floor(NOW_MS)),
      distinctMax: fc.integer({ min: 5, max: 100_000 }),
      severity,
    }),
    { maxLength: 5 },
  ),
  rulesRevision: fc.nat(),
});

for (const seal of [undefined, SEAL]) {
  codec(`gives back what was packed, ${seal === undefined ? 'open' : 'sealed'}`, () => {
    fc.assert(
      fc.property(news, fc.boolean(), (told, signingOff) => {
        const one = new DeltaCodec({ clock: SENDER, seal });
        const bytes = one.pack({ ...HEAD, signingOff }, told, NOW_MS);
        const heard = one.unpack(bytes, NOW_MS);
        assert.ok(heard);
        assert.equal(heard.peer, PEER);
        assert.is(heard.number, 7);
        assert.is(heard.signingOff, signingOff);
        assert.equal(plain(heard.news), plain(told));
      }),
      { numRuns: 200 },
    );
  });
}

/** Columns as plain arrays, to be compared. */
function plain(given: SidecarNews): unknown {
  const { observations, ...rest } = given;
  const { bKeys, aKeys, timesMs, named } = observations;
  return { ...rest, named, columns: [bKeys, aKeys, timesMs].map((column) => [...column]) };
}

codec('gives times in the clock of whoever reads', () => {
  const timeMs = Math.floor(NOW_MS) - 1_234;
  const told = { ...NO_NEWS, observations: callsAt(timeMs) };
  const bytes = new DeltaCodec({ clock: SENDER }).pack(HEAD, told, NOW_MS);
  const readMs = NOW_MS + SENDER.offsetMs - RECEIVER.offsetMs + 30;
  const heard = new DeltaCodec({ clock: RECEIVER }).unpack(bytes, readMs);
  const ageMs = readMs - heard!.news.observations.timesMs[0];
  assert.ok(Math.abs(ageMs - 1_264) <= 1.5, `${ageMs} ms`);
});

codec('takes what is a little ahead for what is now', () => {
  const bytes = new DeltaCodec({ clock: SENDER }).pack(
    HEAD,
    { ...NO_NEWS, observations: callsAt(NOW_MS) },
    NOW_MS,
  );
  const heard = new DeltaCodec({ clock: SENDER }).unpack(bytes, NOW_MS - 100);
  assert.is(heard!.news.observations.timesMs[0], Math.floor(NOW_MS - 100));
});

codec('needs no more than 17 bytes for a call, and what is fixed', () => {
  const one = new DeltaCodec({ clock: SENDER });
  const empty = one.pack(HEAD, NO_NEWS, NOW_MS).length;
  const calls = callsAt(...Array.from({ length: 1_000 }, () => NOW_MS));
  const bytes = one.pack(HEAD, { ...NO_NEWS, observations: calls }, NOW_MS);
  assert.ok(empty < 50, `${empty} bytes`);
  assert.ok(bytes.length - empty <= RECORD_BYTES * 1_000 + 5);
});

codec('leaves out calls that are too old for three bytes, and knows none that is younger than now', () => {
  const one = new DeltaCodec({ clock: { offsetMs: 0 } });
  const now = 100_000_000;
  const observations = {
    ...callsAt(now + 50, now - AGE_MS_MAX, now - AGE_MS_MAX - 1),
    named: [{ bNumber: 'b', aNumber: 'a', timeMs: now - AGE_MS_MAX - 1 }],
  };
  const heard = one.unpack(one.pack(HEAD, { ...NO_NEWS, observations }, now), now)!.news.observations;
  assert.equal([...heard.timesMs], [now, now - AGE_MS_MAX]);
  assert.equal(heard.named, []);
});

codec('tells own deltas from others, and probes from news', () => {
  const one = new DeltaCodec({ clock: SENDER });
  const bytes = one.pack(HEAD, NO_NEWS, NOW_MS);
  assert.ok(isOwn(bytes, idBytes(PEER.id)));
  assert.not(isOwn(bytes, idBytes(randomUUID())));
  assert.not(isOwn(bytes.subarray(0, 10), idBytes(PEER.id)));
  assert.is(one.unpack(packProbe(PEER, randomBytes(32)), NOW_MS), undefined);
});

const EMPTY = WindowDelta.decode(new Uint8Array(0));
const NAMED = { bNumber: 'b', aNumber: 'a', ageMs: 0 };
const INCIDENT = {
  alertId: '01234567-89ab-cdef-0123-456789abcdef',
  bNumber: '2348031',
  openedAgeMs: 5,
  lastDetectionAgeMs: 0,
  distinctACount: 5,
  severity: 1,
  exempt: false,
};
const BAD: Readonly<Record<string, Partial<WindowDelta>>> = {
  'without a sidecar_id': { sidecarId: Buffer.alloc(0) },
  'with a short sidecar_id': { sidecarId: Buffer.alloc(15) },
  'without a number': { number: 0 },
  'with a record that is cut off': { observations: Buffer.alloc(RECORD_BYTES + 1, 1) },
  'with the key 0': { observations: Buffer.alloc(RECORD_BYTES) },
  'with a key beyond every number': { observations: Buffer.alloc(RECORD_BYTES, 255) },
  'with a call of nobody': { namedObservations: [{ ...NAMED, aNumber: '' }] },
  'with a name without end': { namedObservations: [{ ...NAMED, bNumber: 'x'.repeat(300) }] },
  'with an age that is none': { namedObservations: [{ ...NAMED, ageMs: 2 ** 24 }] },
  'with a block of nobody': { blocks: [{ aNumber: '', bNumber: 'b', expiresInMs: 1 }] },
  'with a block for ever': { blocks: [{ aNumber: 'a', bNumber: 'b', expiresInMs: 2 ** 52 }] },
  'with an incident without alert': { incidents: [{ ...INCIDENT, alertId: 'x' }] },
  'with an incident of no severity': { incidents: [{ ...INCIDENT, severity: 4 }] },
  'with an incident that ends before it begins': { incidents: [{ ...INCIDENT, lastDetectionAgeMs: 9 }] },
  'with a sidecar_name without end': { sidecarName: 'x'.repeat(300) },
};

for (const [what, parts] of Object.entries(BAD)) {
  codec(`refuses a delta ${what}`, () => {
    const delta = { ...EMPTY, sidecarId: idBytes(PEER.id), number: 1, sentAtMs: 1, ...parts };
    const bytes = Buffer.from(WindowDelta.encode(delta).finish());
    assert.throws(() => new DeltaCodec({ clock: SENDER }).unpack(bytes, NOW_MS), isRefusal);
  });
}

codec('refuses a key with more digits than 15, leading zeros included', () => {
  const bytes = Buffer.alloc(RECORD_BYTES, 1);
  const keyOf = (high: bigint): void => {
    bytes.writeUInt32BE(Number(high >> 24n), 0);
    bytes.writeUIntBE(Number(high & 0xffffffn), 4, 3);
  };
  const unpack = (): unknown => {
    const delta = { ...EMPTY, sidecarId: idBytes(PEER.id), number: 1, sentAtMs: 1, observations: bytes };
    return new DeltaCodec({ clock: SENDER }).unpack(Buffer.from(WindowDelta.encode(delta).finish()), NOW_MS);
  };
  keyOf(8_000_000_009_999_999n);
  assert.ok(unpack(), 'eight zeros and seven digits');
  keyOf(8_000_000_010_000_000n);
  assert.throws(unpack, isRefusal);
  keyOf(9_000_000_000_000_000n);
  assert.throws(unpack, isRefusal);
});

codec('refuses what is too long, or holds too many records', () => {
  const one = new DeltaCodec({ clock: SENDER });
  assert.throws(() => one.unpack(Buffer.alloc(DELTA_BYTES_MAX + 1), NOW_MS), isRefusal);
  // Field 6 with nothing in it, again and again.
  const bytes = Buffer.alloc(DELTA_BYTES_MAX, Buffer.from([0x32, 0x00]));
  const beganMs = performance.now();
  assert.throws(() => one.unpack(bytes, NOW_MS), isRefusal);
  assert.ok(performance.now() - beganMs < 200, 'without making an object of each');
});

codec('survives any bytes, and any change of a delta', () => {
  const one = new DeltaCodec({ clock: SENDER });
  const valid = one.pack(HEAD, { ...NO_NEWS, observations: callsAt(NOW_MS, NOW_MS) }, NOW_MS);
  const survives = (bytes: Buffer): void => {
    try {
      one.unpack(bytes, NOW_MS);
    } catch (error) {
      // A changed tag may turn news into `sealed`, which is refused with a code of its own.
      const isKnown = error instanceof AcmError && /^ACM_(INVALID_ARGUMENT|FORBIDDEN)$/.test(error.code);
      assert.ok(isKnown, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(Buffer.from(bytes))));
  for (let at = 0; at < valid.length; at++) {
    survives(valid.subarray(0, at));
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(valid);
      changed[at] = byte;
      survives(changed);
    }
  }
  fc.assert(
    fc.property(
      fc.nat(valid.length - 1),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(valid.length),
      (at, byte, end) => {
        const changed = Buffer.from(valid);
        changed[at] = byte;
        survives(changed.subarray(0, end));
      },
    ),
    { numRuns: 1_000 },
  );
});

function isRefusal(error: unknown): boolean {
  return error instanceof AcmError && error.code === 'ACM_INVALID_ARGUMENT';
}

function callsAt(...timesMs: number[]) {
  return {
    count: timesMs.length,
    bKeys: Float64Array.from(timesMs, () => 2_348_031_234_567),
    aKeys: Float64Array.from(timesMs, (_, i) => 2_348_000_000_000 + i),
    timesMs: Float64Array.from(timesMs, Math.floor),
    named: [],
  };
}

codec.run();

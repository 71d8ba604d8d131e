/** The chain, and whether whoever follows it finds everything that was done to it. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AUDIT_ACTIONS,
  type AuditEntry,
  type AuditNote,
  type AuditPoint,
  AuditWalk,
  entriesAfter,
} from '../../src/admission/audit-chain.js';

const test = suite('admission/audit-chain');

const START: AuditPoint = { entryId: 0, hash: '' };
const BY = { author: 'ada', origin: 'grpc unix-socket, no token' };
const AT = new Date(Date.UTC(2026, 10, 24, 9, 15));

const content = fc.option(fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 })), {
  nil: null,
});
const note: fc.Arbitrary<AuditNote> = fc.record({
  action: fc.constantFrom(...AUDIT_ACTIONS),
  target: fc.string({ unit: 'grapheme', maxLength: 30 }),
  before: content,
  after: content,
});
const point: fc.Arbitrary<AuditPoint> = fc.oneof(
  fc.constant(START),
  fc.record({
    entryId: fc.integer({ min: 1, max: 2 ** 50 }),
    hash: fc.stringMatching(/^[\da-f]{64}$/),
  }),
);
/** A log of a few entries, each of a change of its own, and where it begins. */
const log = fc
  .record({ from: point, notes: fc.array(note, { minLength: 1, maxLength: 8 }) })
  .map(({ from, notes }) => {
    const entries: AuditEntry[] = [];
    for (const each of notes) entries.push(...entriesAfter(entries.at(-1) ?? from, [each], BY, AT));
    return { from, entries };
  });

/** What is found wrong with a log that should end at `head`. */
function faultOf(from: AuditPoint, entries: readonly AuditEntry[], head: AuditPoint): string | undefined {
  const walk = new AuditWalk(from);
  return walk.follow(entries) ?? walk.arriveAt(head);
}

test('is made as the contract says, so that anyone can follow it', () => {
  const entry = entriesAfter(
    { entryId: 16, hash: 'c0ffee' },
    [
      {
        action: 'policy.set',
        target: 'trunk "Zürich"',
        before: null,
        after: { threshold: 5, reason: '\u2028 "x"' },
      },
    ],
    BY,
    AT,
  )[0];
  // proto/acm/v1/access.proto: [entry_id, at, actor, origin, action, target, before_json, after_json, hash before].
  const documented = [
    17,
    '2026-11-24T09:15:00.000Z',
    'ada',
    'grpc unix-socket, no token',
    'policy.set',
    'trunk "Zürich"',
    'null',
    '{"threshold":5,"reason":"\u2028 \\"x\\""}',
    'c0ffee',
  ];
  assert.is(entry.hash, createHash('sha256').update(JSON.stringify(documented), 'utf8').digest('hex'));
  assert.equal(
    [
      entry.entryId,
      entry.at,
      entry.actor,
      entry.origin,
      entry.action,
      entry.target,
      entry.before,
      entry.after,
    ],
    [17, AT, ...documented.slice(2, 8)],
  );
});

test('counts on from where it is, without a gap, each entry resting on the one before', () => {
  fc.assert(
    fc.property(point, fc.array(note, { maxLength: 8 }), (from, notes) => {
      const atOnce = entriesAfter(from, notes, BY, AT);
      assert.equal(
        atOnce.map(({ entryId }) => entryId),
        notes.map((_, i) => from.entryId + 1 + i),
      );
      const oneByOne: AuditEntry[] = [];
      for (const each of notes) oneByOne.push(...entriesAfter(oneByOne.at(-1) ?? from, [each], BY, AT));
      assert.equal(oneByOne, atOnce);
    }),
  );
});

test('is whole from any point on, in whatever pages it is read', () => {
  fc.assert(
    fc.property(log, fc.nat(8), fc.integer({ min: 1, max: 4 }), ({ from, entries }, skipped, pageSize) => {
      const begin = Math.min(skipped, entries.length);
      const walk = new AuditWalk(entries[begin - 1] ?? from);
      for (let i = begin; i < entries.length; i += pageSize)
        assert.is(walk.follow(entries.slice(i, i + pageSize)), undefined);
      const { entryId, hash } = entries.at(-1)!;
      assert.is(walk.arriveAt({ entryId, hash }), undefined);
      assert.is(walk.point.entryId, entryId);
    }),
  );
});

/** Another value of a field. */
function altered(entry: AuditEntry, field: keyof AuditEntry, salt: number): AuditEntry {
  const value = entry[field];
  const other =
    value instanceof Date
      ? new Date(value.getTime() + salt)
      : typeof value === 'number'
        ? value + salt
        : typeof value === 'string' && value !== ''
          ? value.slice(0, salt % value.length) +
            String.fromCharCode(value.charCodeAt(salt % value.length) ^ 1) +
            value.slice((salt % value.length) + 1)
          : 'x';
  return { ...entry, [field]: other };
}

const FIELDS = [
  'entryId',
  'at',
  'actor',
  'origin',
  'action',
  'target',
  'before',
  'after',
  'hash',
] as const satisfies readonly (keyof AuditEntry)[];

test('betrays any change of any field of any entry, and names the entry', () => {
  fc.assert(
    fc.property(
      log,
      fc.nat(),
      fc.constantFrom(...FIELDS),
      fc.integer({ min: 1, max: 10_000 }),
      ({ from, entries }, place, field, salt) => {
        const i = place % entries.length;
        const tampered = entries.with(i, altered(entries[i], field, salt));
        const fault = faultOf(from, tampered, entries.at(-1)!);
        assert.ok(fault, `${field} of entry ${i}`);
        if (field !== 'entryId') assert.match(fault, String(entries[i].entryId));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('betrays any deletion, also of the last entries, and of all', () => {
  fc.assert(
    fc.property(log, fc.nat(), fc.nat(), ({ from, entries }, place, count) => {
      const i = place % entries.length;
      const gone = 1 + (count % (entries.length - i));
      const fault = faultOf(from, entries.toSpliced(i, gone), entries.at(-1)!);
      const [first, last] = [entries[i].entryId, entries[i + gone - 1].entryId];
      assert.is(fault, gone === 1 ? `entry ${first} is missing` : `entries ${first} to ${last} are missing`);
    }),
  );
});

test('betrays an entry that was put between or behind, well made or not', () => {
  fc.assert(
    fc.property(log, note, fc.nat(), fc.boolean(), ({ from, entries }, each, place, isWellMade) => {
      const i = place % (entries.length + 1);
      const [made] = entriesAfter(entries[i - 1] ?? from, [each], BY, AT);
      const inserted = isWellMade ? made : { ...made, entryId: (entries[i] ?? made).entryId };
      assert.ok(faultOf(from, entries.toSpliced(i, 0, inserted), entries.at(-1)!));
    }),
  );
});

test('betrays two entries that have changed places, and one that stands there twice', () => {
  fc.assert(
    fc.property(log, fc.nat(), fc.nat(), ({ from, entries }, one, other) => {
      const [i, j] = [one % entries.length, other % entries.length];
      const head = entries.at(-1)!;
      assert.ok(faultOf(from, entries.toSpliced(i, 0, entries[i]), head));
      fc.pre(i !== j);
      assert.ok(faultOf(from, entries.with(i, entries[j]).with(j, entries[i]), head));
      const renumbered = entries
        .with(i, { ...entries[j], entryId: entries[i].entryId })
        .with(j, { ...entries[i], entryId: entries[j].entryId });
      assert.ok(faultOf(from, renumbered, head));
    }),
  );
});

test('betrays a log that was made anew, by any entry of it that was noted elsewhere', () => {
  fc.assert(
    fc.property(log, fc.nat(), ({ from, entries }, place) => {
      const i = place % entries.length;
      const forged: AuditEntry[] = entries.slice(0, i);
      for (const { action, target } of entries.slice(i))
        forged.push(
          ...entriesAfter(
            forged.at(-1) ?? from,
            [{ action: action as AuditNote['action'], target: `${target}!`, before: null, after: null }],
            BY,
            AT,
          ),
        );
      assert.is(faultOf(from, forged, forged.at(-1)!), undefined, 'whole by itself');
      const { entryId, hash } = entries.at(-1)!;
      assert.is(
        faultOf(from, forged, { entryId, hash }),
        `entry ${entryId} is not the one that the head tells of`,
      );
    }),
  );
});

test('says that entries stand behind the head', () => {
  const entries = entriesAfter(
    START,
    [1, 2, 3].map((n) => ({ action: 'block.put', target: String(n), before: null, after: {} }) as const),
    BY,
    AT,
  );
  assert.is(faultOf(START, entries, entries[1]), 'entry 3 and later ones were added behind the head');
  assert.is(faultOf(START, [], START), undefined, 'an empty log is whole');
});

test.run();

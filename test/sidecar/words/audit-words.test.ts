import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auditTable, verifiedInWords } from '../../../sidecar/words/audit-words.js';
import type { AuditEntry } from '../../../src/gen/acm/v1/access.js';

const test = suite('sidecar/words/audit-words');

const HASH = 'ab'.repeat(32);

function entry(before: object | null, after: object | null): AuditEntry {
  return {
    entryId: 17,
    at: new Date(Date.UTC(2026, 10, 24, 9, 15, 0, 250)),
    actor: 'ops',
    origin: 'grpc 192.0.2.7, token 5d3c6f6e3c0b',
    action: 'policy.set',
    target: 'default',
    beforeJson: JSON.stringify(before),
    afterJson: JSON.stringify(after),
    hash: HASH,
  };
}

function changeOf(before: object | null, after: object | null): string {
  const [, row = ''] = auditTable([entry(before, after)], false).split('\n');
  return row.slice(row.indexOf('default') + 'default'.length).trim();
}

test('shows who did what to what, when and from where', () => {
  const [heads = '', row = ''] = auditTable([entry(null, { threshold: 5 })], false).split('\n');
  assert.match(heads, /ENTRY +AT +WHO +FROM +DID +TO +CHANGE/);
  for (const fact of ['17', 'ops', 'grpc 192.0.2.7, token 5d3c6f6e3c0b', 'policy.set', '09:15:00.250'])
    assert.match(row, fact);
});

test('shows of a change only what differs, and nothing that stands in another column', () => {
  const signed = { author: 'ops', changed_at: '2026-11-24T09:15:00.000Z' };
  assert.is(
    changeOf(
      { threshold: 5, window_seconds: 5, ...signed, author: 'ada' },
      { threshold: 20, window_seconds: 5, ...signed },
    ),
    'threshold 5 -> 20',
  );
  assert.is(changeOf(null, { threshold: 5, reason: 'a hotline' }), 'threshold - -> 5, reason - -> a hotline');
  assert.is(changeOf({ threshold: 5 }, null), 'threshold 5 -> -');
  assert.is(
    changeOf({ scopes: ['check'] }, { scopes: ['check', 'switch'] }),
    'scopes ["check"] -> ["check","switch"]',
  );
  assert.is(changeOf({ threshold: 5 }, { threshold: 5 }), '-');
  assert.is(changeOf(null, null), '-');
});

test('cuts what would fill the screen', () => {
  const change = changeOf(null, { notes: 'n'.repeat(10_000) });
  assert.is(change.length, 120);
  assert.match(change, /\.\.\.$/);
});

test('says that there is more, and that there is nothing', () => {
  assert.match(auditTable([entry(null, {})], true), 'There are more than 1');
  assert.is(auditTable([], false), 'Nothing was changed, or nothing matches.');
});

test('says how far a whole log reaches, and what to note of it', () => {
  const nowhere = { entryId: 0, hash: '' };
  assert.is(verifiedInWords(nowhere, nowhere), 'The audit log is empty.');
  assert.equal(verifiedInWords(nowhere, { entryId: 17, hash: HASH }).split('\n'), [
    'The audit log is whole: entries 1 to 17, each as it was written.',
    'Note the last one elsewhere, for --anchor:',
    `  17:${HASH}`,
  ]);
  assert.match(
    verifiedInWords({ entryId: 5, hash: 'c' }, { entryId: 17, hash: HASH }),
    'entries 6 to 17, each as it was written; those up to 5 were dropped for their age.',
  );
  assert.is(
    verifiedInWords({ entryId: 17, hash: HASH }, { entryId: 17, hash: HASH }),
    'The audit log holds no entries; those up to 17 were dropped for their age.',
  );
});

test.run();

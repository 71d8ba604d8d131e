/** What is exported comes back as it was, whatever people and callers call themselves. */
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALLOWLIST_CSV } from '../../../sidecar/csv/allowlist-csv.js';
import { BLOCK_CSV } from '../../../sidecar/csv/block-csv.js';
import { CsvProgress } from '../../../sidecar/csv/csv-progress.js';
import type { CsvReader, CsvWriter } from '../../../sidecar/csv/csv-table.js';
import { exportCsv } from '../../../sidecar/csv/export-csv.js';
import { guarded, unguarded } from '../../../sidecar/csv/guarded-cells.js';
import { importCsv } from '../../../sidecar/csv/import-csv.js';

const test = suite('sidecar/csv/round-trip');

const progress = (): CsvProgress =>
  new CsvProgress(
    () => undefined,
    () => 0,
  );

async function exported<Stored>(
  table: CsvWriter<Stored>,
  pages: readonly (readonly Stored[])[],
): Promise<string> {
  const out = new PassThrough();
  const [written] = await Promise.all([text(out), exportCsv(table, Readable.from(pages), out, progress())]);
  return written;
}

async function imported<Item extends { expiresAt: Date | undefined }>(
  table: CsvReader<Item>,
  csv: string,
): Promise<Item[]> {
  const items: Item[] = [];
  await importCsv(
    table,
    Readable.from([Buffer.from(csv)]),
    async (batch) => void items.push(...batch),
    progress(),
  );
  return items;
}

/** Any text, those that trouble CSV and spreadsheets more often than chance would have them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      ';',
      '\n',
      '\r',
      "'",
      '=',
      '+',
      '-',
      '@',
      '\t',
      ' ',
      'a',
      'é',
      '\u{1f600}',
      '\ufeff',
    ),
  }),
);
const anyNumber = anyText.filter((number) => !/^\d+([.,]\d+)?E\+\d+$/i.test(number));
const anyTime = fc.date({
  min: new Date('2200-01-01T00:00:00Z'),
  max: new Date('2300-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const signature = { author: anyText, changedAt: anyTime, alertId: anyText };
const anyBlock = fc.record({
  aNumber: anyNumber,
  bNumber: anyNumber,
  expiresAt: anyTime,
  reason: anyText,
  ...signature,
});
const anyScope = fc
  .tuple(fc.constantFrom('bNumber', 'bPrefix', 'aPrefix', 'source', 'trunk'), anyNumber)
  .map(([kind, value]) => ({ scope: { $case: kind, value } }));
const anyEntry = fc.record({
  entryId: fc.uuid(),
  scope: anyScope,
  expiresAt: fc.option(anyTime, { nil: undefined }),
  reason: anyText,
  ...signature,
});
const pagesOf = <Item>(item: fc.Arbitrary<Item>) =>
  fc.array(fc.array(item, { maxLength: 4 }), { maxLength: 3 });

test('keeps every cell as it was', () => {
  fc.assert(fc.property(anyText, (cell) => assert.is(unguarded(guarded(cell)), cell)));
});

test('lets no cell begin like a formula', () => {
  for (const cell of ['=1+1', '+234', '-1', '@SUM(A1)', '\t=1', "'=1"]) assert.is(guarded(cell)[0], "'");
  assert.is(guarded('234'), '234');
});

test('gives blocks back as they were', async () => {
  await fc.assert(
    fc.asyncProperty(pagesOf(anyBlock), async (pages) => {
      const csv = await exported(BLOCK_CSV, pages);
      const expected = pages
        .flat()
        .map(({ aNumber, bNumber, expiresAt, reason }) => ({ aNumber, bNumber, expiresAt, reason }));
      assert.equal(await imported(BLOCK_CSV, csv), expected);
    }),
  );
});

test('gives allowlist entries back as they were, under their ids', async () => {
  await fc.assert(
    fc.asyncProperty(pagesOf(anyEntry), async (pages) => {
      const csv = await exported(ALLOWLIST_CSV, pages);
      const expected = pages
        .flat()
        .map(({ entryId, scope, expiresAt, reason }) => ({ entryId, scope, expiresAt, reason }));
      assert.equal(await imported(ALLOWLIST_CSV, csv), expected);
    }),
  );
});

test('gives an entry without an id the same id each time, and another scope another one', async () => {
  const csv = 'scope,value\nb_number,+234809\ntrunk,+234809\nb_number,+234808\n';
  const [first, second] = [await imported(ALLOWLIST_CSV, csv), await imported(ALLOWLIST_CSV, csv)];
  const ids = first.map(({ entryId }) => entryId);
  assert.is(new Set(ids).size, 3);
  for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.equal(
    second.map(({ entryId }) => entryId),
    ids,
  );
});

test.run();

import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALLOWLIST_CSV } from '../../../sidecar/csv/allowlist-csv.js';
import { BLOCK_CSV } from '../../../sidecar/csv/block-csv.js';
import { CsvProgress } from '../../../sidecar/csv/csv-progress.js';
import { importCsv } from '../../../sidecar/csv/import-csv.js';
import { AcmError } from '../../../src/errors.js';
import type { NewBlock } from '../../../src/gen/acm/v1/management.js';

const test = suite('sidecar/csv/import-csv');

const UNTIL = '2200-01-01T00:00:00Z';

interface Import {
  readonly batches: NewBlock[][];
  readonly expired: number;
  readonly told: string[];
}

async function importBlocks(
  csv: string,
  write: (batch: NewBlock[]) => Promise<void> = async () => undefined,
  now: () => number = () => 0,
): Promise<Import> {
  const batches: NewBlock[][] = [];
  const told: string[] = [];
  const keep = async (batch: NewBlock[]): Promise<void> => {
    await write(batch);
    batches.push(batch);
  };
  const progress = new CsvProgress((line) => told.push(line), now);
  const expired = await importCsv(BLOCK_CSV, Readable.from([Buffer.from(csv)]), keep, progress);
  return { batches, expired, told };
}

async function complaintOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, AcmError);
    return (error as Error).message;
  }
  throw new Error('was expected to fail');
}

function rows(count: number): string {
  return Array.from({ length: count }, (_, i) => `A${i},B,${UNTIL}\n`).join('');
}

test('reads columns in any order, in either case, as a spreadsheet writes them', async () => {
  const csv = `\ufeffReason, B_Number ,EXPIRES_AT,a_number\r\n"a, b",'+234809,${UNTIL},'+234801\r\n\r\n`;
  const { batches } = await importBlocks(csv);
  assert.equal(batches, [
    [{ aNumber: '+234801', bNumber: '+234809', expiresAt: new Date(UNTIL), reason: 'a, b' }],
  ]);
});

test('writes in batches of a thousand', async () => {
  const { batches } = await importBlocks(`a_number,b_number,expires_at\n${rows(2_500)}`);
  assert.equal(
    batches.map(({ length }) => length),
    [1_000, 1_000, 500],
  );
});

test('leaves out what has expired, or will have before it is written', async () => {
  const soon = new Date(Date.now() + 30_000).toISOString();
  const csv = `a_number,b_number,expires_at\nA,B,2020-01-01T00:00:00Z\nA,B,${soon}\nC,B,${UNTIL}\n`;
  const { batches, expired } = await importBlocks(csv);
  assert.is(expired, 2);
  assert.is(batches[0].length, 1);
});

test('names line and column of what it cannot read, and writes nothing of its batch', async () => {
  for (const [line, complaint] of [
    ['A,B,tomorrow', 'line 3: expires_at: "tomorrow" is not a time such as 2026-11-22T18:00:00Z'],
    ['A,B,2200-02-30T00:00:00Z', 'line 3: expires_at: "2200-02-30T00:00:00Z" is not a time'],
    ['A,B,', 'line 3: expires_at: is empty; a block always ends'],
    [`2.34E+12,B,${UNTIL}`, 'line 3: a_number: "2.34E+12" has lost its digits in a spreadsheet'],
    ['A,B', 'Invalid Record Length: columns length is 3, got 2 on line 3'],
    ['"A,B', 'Quote Not Closed: the parsing is finished with an opening quote at line 3'],
  ] as const) {
    const batches: NewBlock[][] = [];
    const said = await complaintOf(
      importBlocks(
        `a_number,b_number,expires_at\n${rows(1)}${line}`,
        async (batch) => void batches.push(batch),
      ),
    );
    assert.match(said, complaint);
    assert.match(said, '(written: 0 rows before it, nothing of its batch)');
    assert.equal(batches, []);
  }
});

test('finds the line of a row that the sidecar refuses, past line breaks and rows that are left out', async () => {
  const csv = `a_number,b_number,expires_at,reason\nA,B,${UNTIL},"two\nlines"\nA,B,2020-01-01T00:00:00Z,\n\nC,B,${UNTIL},"x\ny"\n`;
  const refuse = async (): Promise<void> => {
    throw new AcmError('ACM_INVALID_ARGUMENT', 'blocks[1].a_number: is anonymous');
  };
  assert.is(
    await complaintOf(importBlocks(csv, refuse)),
    'line 6: a_number: is anonymous (written: 0 rows before it, nothing of its batch)',
  );
});

test('says how much was written before the batch that failed', async () => {
  let batches = 0;
  const failThird = async (): Promise<void> => {
    batches += 1;
    if (batches === 3) throw new AcmError('ACM_UNAVAILABLE', 'the store does not answer');
  };
  assert.is(
    await complaintOf(importBlocks(`a_number,b_number,expires_at\n${rows(2_500)}`, failThird)),
    'the store does not answer (written: 2,000 rows before it, perhaps its batch; importing the file again does no harm)',
  );
});

test('explains a header that it cannot use', async () => {
  for (const [header, complaint] of [
    ['a_number;b_number;expires_at', 'line 1: the column a_number is missing'],
    [
      'a_number,b_number,expires_at,reson',
      'line 1: the column "reson" is unknown or there twice; there are a_number',
    ],
    ['a_number,b_number,expires_at,a_number', 'line 1: the column "a_number" is unknown or there twice'],
  ] as const)
    assert.match(await complaintOf(importBlocks(`${header}\n${rows(1)}`)), complaint);
});

test('names the scopes that there are', async () => {
  const read = () => ALLOWLIST_CSV.read({ scope: 'number', value: '1' });
  assert.throws(read, 'scope: "number" is none of b_number, b_prefix, a_prefix, source, trunk');
});

test('does not hide a defect of its own behind a complaint', async () => {
  const defect = async (): Promise<void> => {
    throw new TypeError('x is undefined');
  };
  let thrown: unknown;
  await importBlocks(`a_number,b_number,expires_at\n${rows(1)}`, defect).catch((error: unknown) => {
    thrown = error;
  });
  assert.instance(thrown, TypeError);
});

test('tells now and then how far it has come, and nothing when it is quick', async () => {
  const csv = `a_number,b_number,expires_at\n${rows(3_000)}`;
  assert.equal((await importBlocks(csv)).told, []);
  let time = 0;
  const slow = (): number => {
    time += 1_500;
    return time;
  };
  assert.equal((await importBlocks(csv, undefined, slow)).told, ['2,000 rows so far']);
});

test.run();

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AcmError } from '../../src/errors.js';
import { DataDirectory } from '../../src/store/data-directory.js';
import { OtherProcess } from './other-process.js';

interface Context {
  path: string;
  other: OtherProcess | undefined;
}

const test = suite<Context>('store/data-directory');

test.before.each((context) => {
  context.path = join(mkdtempSync(join(tmpdir(), 'acm-directory-')), 'data');
  context.other = undefined;
});

test.after.each(async ({ path, other }) => {
  await other?.kill();
  rmSync(join(path, '..'), { recursive: true });
});

async function heldByAnother(context: Context): Promise<OtherProcess> {
  context.other = new OtherProcess('holder-process.ts', context.path);
  await context.other.says(1);
  return context.other;
}

function refusalOf(path: string): AcmError {
  try {
    DataDirectory.hold(path);
  } catch (error) {
    return error as AcmError;
  }
  return assert.unreachable('it was let in') as never;
}

test('makes the directory for nobody else to read, and says who holds it', ({ path }) => {
  const directory = DataDirectory.hold(path);
  assert.is(statSync(path).mode & 0o777, 0o700);
  const holder = JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8'));
  assert.is(holder.pid, process.pid);
  assert.is(holder.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  assert.ok(Date.parse(holder.startedAt) <= Date.now());
  directory.release();
});

test('refuses a second holder in the same process, until the first lets go', ({ path }) => {
  const first = DataDirectory.hold(path);
  const refusal = refusalOf(path);
  assert.is(refusal.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(refusal.message, `in use by process ${process.pid}`);
  assert.match(refusal.message, 'its own directory');
  first.release();
  DataDirectory.hold(path).release();
});

test('refuses a second process, also while the first is frozen', async (context) => {
  const other = await heldByAnother(context);
  assert.match(refusalOf(context.path).message, `in use by process ${other.pid} (started `);
  other.signal('SIGSTOP');
  assert.match(refusalOf(context.path).message, `in use by process ${other.pid} (started `);
});

test('lets the next one in as soon as the holder is killed', async (context) => {
  const other = await heldByAnother(context);
  assert.is(other.errors, '', 'no warnings');
  await other.kill();
  DataDirectory.hold(context.path).release();
});

test('says that a holder of another machine is one, and copes with one that has not said who it is', ({
  path,
}) => {
  const directory = DataDirectory.hold(path);
  const holder = { pid: 1, bootId: 'another', startedAt: '2026-11-22T00:00:00.000Z' };
  writeFileSync(join(path, 'holder.json'), JSON.stringify(holder));
  assert.match(refusalOf(path).message, 'process 1 (started 2026-11-22T00:00:00.000Z, on another machine)');
  writeFileSync(join(path, 'holder.json'), '{"pi');
  assert.match(refusalOf(path).message, 'in use by another process');
  directory.release();
});

test('says what is wrong with a directory that cannot be made', ({ path }) => {
  writeFileSync(path, 'a file');
  const refusal = refusalOf(path);
  assert.is(refusal.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(refusal.message, /cannot be used \(EEXIST/);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatabaseRefusal } from '../../src/store/database.js';
import { errorOfSqlState } from '../../src/store/store-errors.js';

const test = suite('store/store-errors');

const errorOf = (sqlState: string, message = 'said the server') =>
  errorOfSqlState({ sqlState, message }, 'the database', undefined);

test('takes what may pass as such: starting, full, locked, interrupted, in conflict, on standby', () => {
  for (const sqlState of [
    '57P03',
    '53100',
    '53300',
    '55P03',
    '57014',
    '58030',
    '40001',
    '40P01',
    '25006',
    'XX000',
  ])
    assert.is(errorOf(sqlState).code, 'ACM_STORE_UNAVAILABLE', sqlState);
});

test('says what to look at when the server does not let us in, which an operator can change', () => {
  const error = errorOf('28P01', 'password authentication failed for user "acm"');
  assert.is(error.code, 'ACM_STORE_UNAVAILABLE');
  assert.match(error.message, 'password authentication failed for user "acm"');
  assert.match(error.message, 'pg_hba.conf');
  assert.match(errorOf('3D000', 'database "acm" does not exist').message, 'create it');
});

test('takes what can never succeed as a refusal, with its SQLSTATE', () => {
  for (const sqlState of ['23505', '22001', '42P01', '42501', '54000', '25001', '0A000']) {
    const error = errorOf(sqlState);
    assert.instance(error, DatabaseRefusal);
    assert.is((error as DatabaseRefusal).sqlState, sqlState);
    assert.not.ok(error.transient);
  }
});

test('repeats names of tables and constraints, and never a value', () => {
  assert.match(
    errorOf('42P01', 'relation "calls" does not exist').message,
    'relation "calls" does not exist',
  );
  assert.not.match(errorOf('22P02', 'invalid input syntax: "+2348030000001"').message, '2348030000001');
});

test.run();

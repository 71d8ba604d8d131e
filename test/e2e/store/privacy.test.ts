/** Number privacy, from the first call to the restart: no number in the store, and everything still works. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { CALLERS, Sidecar, within } from './attack.js';

const test = suite('e2e/store/privacy');

let postgres: PostgresServer;

test.before(async () => {
  postgres = await startPostgres();
});

test.after(() => postgres.stop());

/** Every row of every table, as text. */
async function everythingStored(): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "SELECT string_agg(query_to_xml('SELECT * FROM ' || tablename, true, false, '')::text, '') AS text FROM pg_tables WHERE schemaname = 'public'",
    );
    return rows[0].text as string;
  } finally {
    await client.end();
  }
}

test('writes down no number, finds every one, and goes on after a restart', async () => {
  const env = {
    DATABASE_URL: postgres.url,
    ACM_NUMBER_PRIVACY: 'hash',
    ACM_NUMBER_PRIVACY_KEY: 'a key of the test',
    ACM_RECORD_CALLS: 'all',
  };
  const [attackedNumber, mildNumber, quietNumber] = [freshNumber(), freshNumber(), freshNumber()];
  const first = await Sidecar.start(env);
  const scope = { b_number: mildNumber };
  await first.management.ask('PolicyService', 'setPolicy', {
    scope,
    terms: { threshold: 50 },
    author: 'ada',
    reason: '',
  });
  const { alert_id: alertId } = await first.attack(attackedNumber);
  assert.is((await first.attack(mildNumber)).threshold, 50, 'found by its fingerprint');
  await first.check('+15553334444', quietNumber);
  await within('everything', async () => {
    const text = await everythingStored();
    return (text.match(/h:[\w-]{22}/g) ?? []).length > 20 && (await first.alert(alertId)).calls.length === 5;
  });
  await first.stop();
  const stored = await everythingStored();
  for (const number of [attackedNumber, mildNumber, quietNumber, '+15553334444', ...CALLERS])
    assert.not.ok(stored.includes(number.slice(1)), number);
  const second = await Sidecar.start(env);
  try {
    assert.is((await second.check(CALLERS[0], attackedNumber)).reason, 'REASON_BLOCKED');
    assert.is((await second.check(CALLERS[0], mildNumber)).threshold, 50);
    const { alerts } = await second.management.ask('AlertService', 'listAlerts', {
      b_number: attackedNumber,
    });
    assert.equal(
      alerts.map((alert: { alert_id: string }) => alert.alert_id),
      [alertId],
    );
    const found = await second.management.ask('AlertService', 'listAlerts', { a_number: CALLERS[0] });
    assert.ok(found.alerts.length >= 1);
  } finally {
    await second.stop();
  }
});

test('does not start with hashes and no key', async () => {
  const failure = await Sidecar.start({ ACM_NUMBER_PRIVACY: 'hash' }).catch((error: Error) => error.message);
  assert.match(String(failure), 'ACM_NUMBER_PRIVACY_KEY: is needed');
});

test.run();

/** Two sidecars on one PostgreSQL: what is changed on one is in force on the other within a second. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { timestamp } from '../../support/grpc-management.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { CALLERS, Sidecar, within } from './attack.js';

const test = suite('e2e/store/two-sidecars');

const A_SECOND = 1_000;
const BY = { author: 'ada', reason: 'test' };

let postgres: PostgresServer;
let one: Sidecar;
let other: Sidecar;

test.before(async () => {
  postgres = await startPostgres();
  const env = { DATABASE_URL: postgres.url };
  // Together, so that both bring the schema up to date.
  [one, other] = await Promise.all([Sidecar.start(env), Sidecar.start(env)]);
});

test.after(async () => {
  await Promise.all([one?.stop(), other?.stop()]);
  await postgres.stop();
});

test('follows a policy that was set on the other one, and its removal', async () => {
  const bNumber = freshNumber();
  const scope = { b_number: bNumber };
  await one.management.ask('PolicyService', 'setPolicy', { scope, terms: { threshold: 2 }, ...BY });
  assert.is((await one.check(CALLERS[0], bNumber)).threshold, 2, 'here when the answer comes');
  const thresholdThere = async () => (await other.check(CALLERS[0], bNumber)).threshold;
  await within('the policy', async () => (await thresholdThere()) === 2, A_SECOND);
  await other.management.ask('PolicyService', 'removePolicy', { scope, ...BY });
  await within('its removal', async () => (await one.check(CALLERS[0], bNumber)).threshold === 5, A_SECOND);
});

test('turns everything to shadow everywhere', async () => {
  const bNumber = freshNumber();
  const { everywhere } = await one.management.ask('PolicyService', 'setEnforcement', { on: false, ...BY });
  assert.ok(everywhere);
  await within(
    'shadow',
    async () => (await other.check('+1', freshNumber())).enforcement === 'ENFORCEMENT_SHADOW',
    A_SECOND,
  );
  assert.is((await other.attack(bNumber)).verdict, 'VERDICT_OBSERVE');
  await other.management.ask('PolicyService', 'setEnforcement', { on: true, ...BY });
  await within(
    'enforcement',
    async () => (await one.attack(freshNumber())).verdict === 'VERDICT_REJECT',
    A_SECOND,
  );
});

test('blocks on both what was attacked on one', async () => {
  const bNumber = freshNumber();
  await one.attack(bNumber);
  await within(
    'the block',
    async () => (await other.check(CALLERS[2], bNumber)).reason === 'REASON_BLOCKED',
    A_SECOND,
  );
});

test('follows a block that was made on the other one, and its removal', async () => {
  const pair = { a_number: '+15558888888', b_number: freshNumber() };
  const reasonOn = async (sidecar: Sidecar) => (await sidecar.check(pair.a_number, pair.b_number)).reason;
  const expiresAt = timestamp(new Date(Date.now() + 60_000));
  await one.management.ask('BlockService', 'addBlocks', {
    blocks: [{ ...pair, expires_at: expiresAt }],
    author: 'ada',
  });
  assert.is(await reasonOn(one), 'REASON_BLOCKED', 'here when the answer comes');
  await within('the block', async () => (await reasonOn(other)) === 'REASON_BLOCKED', A_SECOND);
  await other.management.ask('BlockService', 'removeBlock', { ...pair, ...BY });
  await within('its end', async () => (await reasonOn(one)) === 'REASON_NONE', A_SECOND);
});

test('keeps one alert for an attack that both detect, and either id leads to it', async () => {
  const bNumber = freshNumber();
  const [here, there] = await Promise.all([one.attack(bNumber), other.attack(bNumber)]);
  await within('both sightings', async () => {
    const [a, b] = await Promise.all([one.alert(here.alert_id), one.alert(there.alert_id)]);
    return a.alert.alert_id === b.alert.alert_id && a.alert.call_count === 10;
  });
  const { alerts } = await other.management.ask('AlertService', 'listAlerts', { b_number: bNumber });
  assert.is(alerts.length, 1);
});

test('opens a new alert everywhere once people have settled the first', async () => {
  const bNumber = freshNumber();
  const { alert_id: first } = await one.attack(bNumber);
  await within('the alert', async () => (await one.alert(first)).alert.alert_id === first);
  await other.management.ask('AlertService', 'updateAlert', {
    alert_id: first,
    status: 'ALERT_STATUS_RESOLVED',
    author: 'ada',
  });
  await within(
    'a new alert',
    async () => (await one.check('+4912345678', bNumber)).alert_id !== first,
    A_SECOND,
  );
  const { alert, history } = await one.alert(first);
  assert.equal([alert.status, history.length], ['ALERT_STATUS_RESOLVED', 1]);
});

test('allows everywhere what a false positive was about', async () => {
  const bNumber = freshNumber();
  const { alert_id: alertId } = await one.attack(bNumber);
  await within('the alert', async () => (await one.alert(alertId)).alert.alert_id === alertId);
  const { allowed } = await one.management.ask('AlertService', 'updateAlert', {
    alert_id: alertId,
    status: 'ALERT_STATUS_FALSE_POSITIVE',
    author: 'ada',
    allow_days: 3,
  });
  assert.ok(allowed.entry_id);
  assert.is((await one.check('+15557777777', bNumber)).reason, 'REASON_ALLOWLISTED');
  const { blocks } = await one.management.ask('BlockService', 'listBlocks', { b_number: bNumber });
  assert.is(blocks.length, 0, 'what it had blocked may call again');
  await within(
    'the entry',
    async () => (await other.check('+15557777777', bNumber)).reason === 'REASON_ALLOWLISTED',
    A_SECOND,
  );
});

test.run();

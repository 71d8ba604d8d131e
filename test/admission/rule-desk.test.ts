import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Actor } from '../../src/admission/access.js';
import type { Alert } from '../../src/admission/alert.js';
import { AlertDesk } from '../../src/admission/alert-desk.js';
import { RuleDesk } from '../../src/admission/rule-desk.js';
import type { InvalidFieldError } from '../../src/errors.js';
import { MemoryAlertStore, MemoryRuleStore } from '../support/memory-store.js';
import { AdmissionFixture } from './admission-fixture.js';

const test = suite('admission/rule-desk');

const NOW = new Date(Date.UTC(2026, 0, 1));
const LATER = new Date(NOW.getTime() + 3_600_000);
const ADA = { author: 'ada', origin: 'test' };
const BY = { ...ADA, reason: 'because' };
/** No change comes about. */
const UNTOLD = { changed: () => assert.unreachable() };

function setUp() {
  const fixture = new AdmissionFixture();
  const store = new MemoryRuleStore(() => NOW);
  let caughtUp = 0;
  const desk = new RuleDesk({
    store,
    watch: { revision: 0, catchUp: async () => void caughtUp++ },
    book: fixture.book,
    recorder: fixture.records,
    now: () => NOW,
  });
  return { fixture, store, desk, caughtUp: () => caughtUp };
}

/** The wire name of the field that was complained about. */
async function fieldOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (failure: InvalidFieldError) => failure,
  );
  return error?.field ?? String(error);
}

test('stores numbers in one form, however they are written', async () => {
  const { desk, store } = setUp();
  await desk.setPolicy({ kind: 'b-number', digits: '00234 809-999 9999' }, { threshold: 9 }, BY);
  await desk.setPolicy({ kind: 'b-prefix', digits: '+234' }, { threshold: 9 }, BY);
  await desk.block(
    [{ aNumber: '+1 555 000 0001', bNumber: '+2348099999999', expiresAt: LATER, reason: '' }],
    ADA,
  );
  const page = { limit: 10, after: '' };
  assert.equal((await store.listPolicies(page)).items.map(({ scope }) => JSON.stringify(scope)).sort(), [
    '{"kind":"b-number","digits":"2348099999999"}',
    '{"kind":"b-prefix","digits":"234"}',
  ]);
  const [block] = (await desk.listBlocks({ ...page, aNumber: '+15550000001' })).items;
  assert.equal([block.aNumber, block.bNumber, block.author], ['15550000001', '2348099999999', 'ada']);
});

test('answers when a change is in force here', async () => {
  const { desk, caughtUp } = setUp();
  await desk.setPolicy({ kind: 'default' }, { threshold: 9 }, BY);
  assert.is(caughtUp(), 1);
});

test('names the field that breaks a limit, and writes nothing', async () => {
  const { desk, caughtUp } = setUp();
  const policy = (terms: object) => desk.setPolicy({ kind: 'default' }, terms, BY);
  const entry = (scope: object, expiresAt?: Date) =>
    desk.allow([{ entryId: randomUUID(), scope: scope as never, expiresAt, reason: '' }], ADA);
  const block = (aNumber: string, bNumber: string, expiresAt = LATER) =>
    desk.block([{ aNumber, bNumber, expiresAt, reason: '' }], ADA);
  const mistakes: [Promise<unknown>, string][] = [
    [policy({}), 'terms'],
    [policy({ threshold: 1 }), 'threshold'],
    [policy({ threshold: 2.5 }), 'threshold'],
    [policy({ windowMs: 301_000 }), 'window_seconds'],
    [policy({ windowMs: 1_500 }), 'window_seconds'],
    [policy({ cooldownMs: 0 }), 'cooldown_seconds'],
    [policy({ blockMs: 3_600_000 * 8_761 }), 'block_duration_hours'],
    [desk.setPolicy({ kind: 'trunk', name: '' }, { threshold: 3 }, BY), 'trunk'],
    [desk.setPolicy({ kind: 'b-prefix', digits: '+' }, { threshold: 3 }, BY), 'b_prefix'],
    [desk.setPolicy({ kind: 'default' }, { threshold: 3 }, { ...BY, author: '' }), 'author'],
    [desk.setPolicy({ kind: 'default' }, { threshold: 3 }, { ...BY, reason: 'x'.repeat(501) }), 'reason'],
    [entry({ kind: 'source', cidr: '10.0.0.0/33' }), 'entries[0].source'],
    [entry({ kind: 'b-number', digits: '' }), 'entries[0].b_number'],
    [entry({ kind: 'a-prefix', digits: 'x'.repeat(129) }), 'entries[0].a_prefix'],
    [entry({ kind: 'b-number', digits: '1' }, NOW), 'entries[0].expires_at'],
    [block('anonymous', '1'), 'blocks[0].a_number'],
    [block('', '1'), 'blocks[0].a_number'],
    [block('1', ''), 'blocks[0].b_number'],
    [block('1', '2', new Date(Number.NaN)), 'blocks[0].expires_at'],
    [block('1', '2', new Date(Date.UTC(10_000, 0, 1))), 'blocks[0].expires_at'],
  ];
  for (const [work, field] of mistakes) assert.is(await fieldOf(work), field);
  assert.is(caughtUp(), 0);
});

test('says what is not there', async () => {
  const { desk } = setUp();
  const codeOf = (work: Promise<unknown>) => work.then(String, ({ code }) => code);
  assert.is(await codeOf(desk.removePolicy({ kind: 'default' }, ADA)), 'ACM_NOT_FOUND');
  assert.is(await codeOf(desk.removeAllowlist(randomUUID(), ADA)), 'ACM_NOT_FOUND');
  assert.is(await codeOf(desk.expireAllowlist(randomUUID(), undefined, ADA)), 'ACM_NOT_FOUND');
  assert.is(await codeOf(desk.removeBlock('1', '2', ADA)), 'ACM_NOT_FOUND');
  assert.is(await codeOf(desk.expireBlock('1', '2', LATER, ADA)), 'ACM_NOT_FOUND');
});

test('turns enforcement off here at once when the store is away, and lets the store know later', async () => {
  const { fixture, store, desk } = setUp();
  store.away = true;
  assert.equal(await desk.switchEnforcement(false, BY), { everywhere: false });
  assert.ok(fixture.state.policies.switchedOff);
  assert.equal(fixture.records.enforcements, [
    { on: false, author: 'ada', reason: 'because', changedAt: NOW },
  ]);
  store.away = false;
  assert.equal(await desk.switchEnforcement(true, BY), { everywhere: true });
  assert.not.ok(fixture.state.policies.switchedOff);
});

test('proposes an allowlist entry for a false positive, and makes it on request only', async () => {
  const { store, desk } = setUp();
  const alerts = new MemoryAlertStore();
  const { alert, file } = falsePositive();
  alerts.add(file);
  const changed: string[] = [];
  const changes = {
    changed: ({ status }: Alert, { author }: Actor) => void changed.push(`${status} by ${author}`),
  };
  const alertDesk = new AlertDesk(alerts, desk, () => NOW, changes);
  const proposed = await alertDesk.change(alert.alertId, { ...ADA, status: 'FALSE_POSITIVE' });
  assert.equal(
    [proposed.proposal?.scope, proposed.proposal?.days, proposed.allowed],
    [{ kind: 'b-number', digits: alert.bNumber }, 7, undefined],
  );
  assert.is((await store.listAllowlist({ limit: 10, after: '' })).items.length, 0);
  assert.equal(changed, ['FALSE_POSITIVE by ada']);
  const made = await alertDesk.change(alert.alertId, { ...ADA, status: 'FALSE_POSITIVE' }, 3);
  const [entry] = (await store.listAllowlist({ limit: 10, after: '' })).items;
  assert.is(entry.entryId, made.allowed?.entryId);
  assert.equal([entry.alertId, entry.expiresAt], [alert.alertId, new Date(NOW.getTime() + 3 * 86_400_000)]);
});

test('makes an allowlist entry for a false positive only', async () => {
  const { desk } = setUp();
  const alertDesk = new AlertDesk(new MemoryAlertStore(), desk, () => NOW, UNTOLD);
  const { alert } = falsePositive();
  const change = (status: 'RESOLVED' | 'FALSE_POSITIVE', days: number) =>
    fieldOf(alertDesk.change(alert.alertId, { ...ADA, status }, days));
  assert.equal(
    [await change('RESOLVED', 3), await change('FALSE_POSITIVE', 366)],
    ['allow_days', 'allow_days'],
  );
  assert.is(await fieldOf(alertDesk.change(alert.alertId, ADA)), 'status', 'nothing to change');
  assert.is(await fieldOf(alertDesk.change('nonsense', { ...ADA, notes: '' })), 'alert_id');
  for (const notes of ['a\0b', 'a\ud800b'])
    assert.is(await fieldOf(alertDesk.change(alert.alertId, { ...ADA, notes })), 'notes');
});

test('searches alerts by a number that could be one', async () => {
  const { desk } = setUp();
  const alertDesk = new AlertDesk(new MemoryAlertStore(), desk, () => NOW, UNTOLD);
  const page = { limit: 10, after: '' };
  assert.is(await fieldOf(alertDesk.list({ ...page, bNumber: 'a\0b' })), 'b_number');
  assert.is(await fieldOf(alertDesk.list({ ...page, aNumber: '1'.repeat(129) })), 'a_number');
  assert.equal((await alertDesk.list({ ...page, bNumber: '+1' })).items, []);
});

function falsePositive() {
  const fixture = new AdmissionFixture();
  fixture.attack(5);
  fixture.settle();
  const [snapshot] = fixture.records.alerts;
  const alert = {
    ...snapshot,
    aNumbers: [],
    callIds: [],
    sourceIps: [],
    status: 'NEW' as const,
    retryCount: 0,
    createdAt: NOW,
    updatedAt: NOW,
    endedAt: undefined,
    resolvedAt: undefined,
    assignedTo: '',
    notes: '',
  };
  return { alert, file: { alert, calls: [], disconnects: [], history: [] } };
}

test.run();

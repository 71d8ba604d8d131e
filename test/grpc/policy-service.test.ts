import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidFieldError } from '../../src/errors.js';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient, type Message } from '../support/grpc-management.js';
import {
  DEFAULT_POLICY,
  type ManagementServer,
  startManagementServer,
} from '../support/management-server.js';

const test = suite('grpc/policy-service');

let server: ManagementServer;
let client: ManagementClient;

test.before.each(async () => {
  server = await startManagementServer();
  client = new ManagementClient(server.address);
});

test.after.each(async () => {
  client.close();
  await server.stop();
});

const ask = (method: string, request: object = {}): Promise<Message> =>
  client.ask('PolicyService', method, request);
const complaintAbout = async (method: string, request: object): Promise<string> => {
  const { code, details } = await failureOf(ask(method, request));
  assert.is(code, status.INVALID_ARGUMENT, details);
  return details;
};

const TERMS = {
  window_seconds: 10,
  threshold: 8,
  cooldown_seconds: 60,
  enforcement: 'ENFORCEMENT_SHADOW',
  auto_block: false,
  block_duration_hours: 2,
  auto_disconnect: true,
  anonymous_callers: 'ANONYMOUS_CALLERS_ONE',
};

/** Only the terms that are set; the loader marks optional fields with a field of its own. */
function termsOf(policy: Message): object {
  return Object.fromEntries(Object.entries(policy.terms).filter(([name]) => name in TERMS));
}

test('sets policies for every kind of scope, and gives them back as they were set', async () => {
  const scopes = [{ all_calls: {} }, { b_number: '+234809' }, { trunk: 'lagos' }, { b_prefix: '+2348' }];
  for (const scope of scopes)
    await ask('SetPolicy', { scope, terms: TERMS, author: 'ada', reason: 'a hotline' });
  const { policies } = await ask('ListPolicies');
  assert.is(policies.length, 4);
  const byKind = Object.fromEntries(policies.map((policy: Message) => [policy.scope.scope, policy]));
  assert.is(byKind['b_number'].scope.b_number, '234809');
  assert.is(byKind['b_prefix'].scope.b_prefix, '2348');
  assert.is(byKind['trunk'].scope.trunk, 'lagos');
  for (const policy of policies) {
    assert.equal(termsOf(policy), TERMS);
    assert.is(policy.author, 'ada');
    assert.is(policy.reason, 'a hotline');
    assert.ok(policy.revision >= 1);
  }
});

test('keeps apart what is off and what is left open', async () => {
  await ask('SetPolicy', { scope: { trunk: 'lagos' }, terms: { auto_block: false }, author: 'ada' });
  const { policies } = await ask('ListPolicies');
  assert.equal(termsOf(policies[0]), { auto_block: false });
});

test('names the field that is wrong', async () => {
  const set = { scope: { trunk: 'lagos' }, terms: { threshold: 8 }, author: 'ada' };
  assert.match(await complaintAbout('SetPolicy', { ...set, scope: undefined }), /^scope: is missing/);
  assert.match(await complaintAbout('SetPolicy', { ...set, scope: { b_number: '' } }), /^b_number: is empty/);
  assert.match(await complaintAbout('SetPolicy', { ...set, terms: {} }), /^terms: are empty/);
  assert.match(await complaintAbout('SetPolicy', { ...set, terms: undefined }), /^terms: are empty/);
  assert.match(await complaintAbout('SetPolicy', { ...set, author: '' }), /^author: is empty/);
  for (const [field, value] of [
    ['window_seconds', 301],
    ['threshold', 1],
    ['cooldown_seconds', 0],
    ['block_duration_hours', 8_761],
    ['enforcement', 0],
    ['anonymous_callers', 9],
  ] as const)
    assert.match(
      await complaintAbout('SetPolicy', { ...set, terms: { [field]: value } }),
      `${field}: takes `,
    );
});

test('removes a policy, once', async () => {
  const scope = { trunk: 'lagos' };
  await ask('SetPolicy', { scope, terms: { threshold: 8 }, author: 'ada' });
  await ask('RemovePolicy', { scope, author: 'grace' });
  assert.equal((await ask('ListPolicies')).policies, []);
  assert.is((await failureOf(ask('RemovePolicy', { scope, author: 'grace' }))).code, status.NOT_FOUND);
  assert.is(server.log.at(-1)?.fields['author'], 'grace');
});

test('explains with every policy in its order, all terms set', async () => {
  server.explain = ({ bNumber }) => ({
    bNumber,
    trunk: 'lagos',
    policies: [
      { ...DEFAULT_POLICY, scope: { kind: 'b-number', digits: '234809' }, revision: 12, windowMs: 10_000 },
      DEFAULT_POLICY,
    ],
    switchedOff: true,
    exempt: false,
    allowlistEntryId: '',
    blocked: true,
    distinctACount: 4,
    alertId: '',
    decision: 'observe',
    reason: 'blocked',
  });
  const answer = await ask('ExplainPolicy', { a_number: '1', b_number: '234809' });
  assert.equal(
    answer.policies.map(({ scope, revision }: Message) => [scope, revision]),
    [
      ['b_number 234809', 12],
      ['default', 0],
    ],
  );
  assert.is(Object.keys(termsOf(answer.policies[0])).length, 8);
  assert.is(answer.policies[0].terms.window_seconds, 10);
  assert.is(answer.verdict, 'VERDICT_OBSERVE');
  assert.is(answer.reason, 'REASON_BLOCKED');
  assert.ok(answer.switched_off);
  assert.ok(answer.blocked);
});

test('passes on what is wrong with a call that is asked about', async () => {
  server.explain = () => {
    throw new InvalidFieldError('b_number', 'is empty; who is called?');
  };
  assert.match(await complaintAbout('ExplainPolicy', {}), /^b_number: is empty/);
});

test('throws the switch, and says who threw it', async () => {
  assert.equal((await ask('GetEnforcement')).enforcement_switch, {
    on: true,
    author: '',
    reason: '',
    changed_at: null,
  });
  const { everywhere, enforcement } = await ask('SetEnforcement', {
    on: false,
    author: 'ada',
    reason: 'storm',
  });
  assert.ok(everywhere);
  assert.is(enforcement, 'ENFORCEMENT_SHADOW');
  const after = await ask('GetEnforcement');
  assert.is(after.enforcement_switch.on, false);
  assert.is(after.enforcement_switch.author, 'ada');
  assert.is(after.enforcement_switch.reason, 'storm');
});

test('throws the switch here while the store is away, and says so', async () => {
  server.rules.away = true;
  const { everywhere } = await ask('SetEnforcement', { on: false, author: 'ada' });
  assert.not(everywhere);
  assert.is((await ask('GetEnforcement')).enforcement_switch.on, false);
});

test('does not take a switch that is left open for off', async () => {
  assert.match(await complaintAbout('SetEnforcement', { author: 'ada' }), /^on: is missing/);
  assert.ok((await ask('GetEnforcement')).enforcement_switch.on);
});

test('logs a defect of its own, tells nobody what it was, and goes on', async () => {
  server.explain = () => {
    throw new TypeError('x is undefined at +2348031234567');
  };
  assert.equal(await failureOf(ask('ExplainPolicy', { b_number: '1' })), {
    code: status.INTERNAL,
    details: 'internal error; see the log of the sidecar',
  });
  assert.is(server.log[0]?.level, 'error');
  assert.instance(server.log[0]?.fields['err'], TypeError);
  assert.equal((await ask('ListPolicies')).policies, []);
});

test.run();

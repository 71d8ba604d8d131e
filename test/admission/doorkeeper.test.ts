import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Caller, SCOPES, type Scope } from '../../src/admission/access.js';
import { CALL_SCOPES, Doorkeeper, UNIX_SOCKET, type Visitor } from '../../src/admission/doorkeeper.js';
import { Tokens } from '../../src/admission/tokens.js';
import type { AcmError } from '../../src/errors.js';
import { MemoryTokenStore } from '../support/memory-access.js';

const test = suite('admission/doorkeeper');

const ELSEWHERE = '192.0.2.7';
const HERE = '127.0.0.1';
const TRIES_MAX = 10;
const TRY_MS = 6_000;

let nowMs: number;
let store: MemoryTokenStore;
let keeper: Doorkeeper;

test.before.each(() => {
  nowMs = 1_000_000;
  store = new MemoryTokenStore();
  keeper = new Doorkeeper(store.tokens, [{ name: 'grafana', scopes: ['alerts:read'] }], () => nowMs);
});

function visitor(address: string, shown: Partial<Visitor> & { token?: string } = {}): Visitor {
  const { token, ...rest } = shown;
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  return { protocol: 'grpc', address, authorization, certificateNames: [], ...rest };
}

function codeOf(from: Visitor, scope: Scope, subject = keeper): string {
  try {
    subject.admit(from, [scope]);
    return '';
  } catch (error) {
    return (error as AcmError).code;
  }
}

/** The scopes by which a visitor gets in. */
function mayOf(from: Visitor, subject = keeper): Scope[] {
  return SCOPES.filter((scope) => codeOf(from, scope, subject) === '');
}

const ALL = [...SCOPES];
const CALLS = [...CALL_SCOPES];

test('lets who is on this machine do everything until the first token, and then carry calls', () => {
  for (const address of [HERE, '::1', 'localhost', UNIX_SOCKET])
    assert.equal(mayOf(visitor(address)), ALL, address);
  store.issue(['admin']);
  for (const address of [HERE, '::1', 'localhost']) assert.equal(mayOf(visitor(address)), CALLS, address);
  assert.is(codeOf(visitor(HERE), 'policy:read'), 'ACM_FORBIDDEN');
});

test('lets who may open the UNIX socket do everything, tokens or not, known yet or not', () => {
  store.issue(['check']);
  assert.equal(mayOf(visitor(UNIX_SOCKET)), ALL);
  const starting = new Doorkeeper(new Tokens(), [], () => nowMs);
  assert.equal(mayOf(visitor(UNIX_SOCKET), starting), ALL);
});

test('goes on asking for a token when the last one was revoked or has expired', async () => {
  const token = store.issue(['admin'], 'tester', new Date(nowMs + 1));
  await store.revoke(token.slice(4, 16), new Date(nowMs));
  nowMs += 2;
  assert.is(codeOf(visitor(HERE), 'policy:read'), 'ACM_FORBIDDEN');
});

test('serves calls on this machine before the store has answered, and says why nothing else', () => {
  const tokens = new Tokens();
  const starting = new Doorkeeper(tokens, [], () => nowMs);
  assert.equal(mayOf(visitor(HERE), starting), CALLS);
  for (const scope of ALL.filter((each) => !CALL_SCOPES.has(each)))
    assert.is(codeOf(visitor(HERE), scope, starting), 'ACM_STORE_UNAVAILABLE', scope);
  tokens.markLoaded();
  assert.equal(mayOf(visitor(HERE), starting), ALL);
});

test('does not make a switch on this machine pay for showing a token before the store has answered', () => {
  const starting = new Doorkeeper(new Tokens(), [], () => nowMs);
  const token = store.issue(['check', 'switch']);
  assert.equal(mayOf(visitor(HERE, { token }), starting), CALLS);
  assert.is(codeOf(visitor(HERE, { token }), 'policy:read', starting), 'ACM_STORE_UNAVAILABLE');
  assert.equal(mayOf(visitor(UNIX_SOCKET, { token }), starting), ALL);
  assert.is(codeOf(visitor(ELSEWHERE, { token }), 'check', starting), 'ACM_STORE_UNAVAILABLE');
  assert.is(starting.refused, 0, 'nobody has failed to say who they are');
});

test('lets a token do what it says, wherever it comes from', () => {
  const token = store.issue(['policy:write'], 'dashboard');
  for (const address of [ELSEWHERE, HERE, UNIX_SOCKET]) {
    const from = visitor(address, { token });
    assert.equal(mayOf(from), ['policy:read', 'policy:write'], address);
    assert.is(codeOf(from, 'check'), 'ACM_FORBIDDEN', 'also where it could do without');
  }
  assert.is(codeOf(visitor(ELSEWHERE, { token: store.issue(['admin']) }), 'admin'), '');
});

test('refuses what is no token in force, everywhere', async () => {
  const [revoked, expiring] = [store.issue(['admin']), store.issue(['admin'], 'x', new Date(nowMs + 1_000))];
  await store.revoke(revoked.slice(4, 16), new Date(nowMs));
  for (const address of [ELSEWHERE, HERE, UNIX_SOCKET]) {
    for (const token of [revoked, 'acm_5d3c6f6e3c0b_x', ''])
      assert.is(codeOf(visitor(address, { token }), 'check'), 'ACM_UNAUTHENTICATED', `${address} ${token}`);
    assert.is(codeOf(visitor(address, { authorization: '' }), 'check'), 'ACM_UNAUTHENTICATED');
    assert.is(codeOf(visitor(address, { token: expiring }), 'check'), '');
  }
  nowMs += 1_000;
  assert.is(codeOf(visitor(HERE, { token: expiring }), 'check'), 'ACM_UNAUTHENTICATED');
});

test('goes by a token before a certificate, and by a certificate before an address', () => {
  store.issue(['admin']);
  const certificateNames = ['grafana'];
  const both = visitor(ELSEWHERE, { token: store.issue(['check']), certificateNames });
  assert.equal(mayOf(both), ['check']);
  assert.equal(mayOf(visitor(HERE, { certificateNames })), ['alerts:read']);
  assert.is(
    codeOf(visitor(ELSEWHERE, { token: 'wrong', certificateNames }), 'alerts:read'),
    'ACM_UNAUTHENTICATED',
  );
});

test('lets a certificate carry calls that the configuration does not name', () => {
  const may = (...certificateNames: string[]) => mayOf(visitor(ELSEWHERE, { certificateNames }));
  assert.equal(may('sbc-1'), CALLS);
  assert.equal(may('grafana'), ['alerts:read'], 'named: that and no more');
  assert.equal(may('sbc-1', 'grafana'), ['alerts:read'], 'by whichever of its names');
});

test('takes no certificate for another whose name begins alike', () => {
  const name = 'a'.repeat(64);
  const subject = new Doorkeeper(store.tokens, [{ name, scopes: ['admin'] }], () => nowMs);
  const caller = (each: string): Caller =>
    subject.admit(visitor(ELSEWHERE, { certificateNames: [each] }), ['check']);
  assert.is(
    codeOf(visitor(ELSEWHERE, { certificateNames: [`${name}b`] }), 'admin', subject),
    'ACM_FORBIDDEN',
  );
  assert.is(caller(`${name}b`).name, name, 'as an author it is cut');
  assert.ok(caller(name).scopes.has('admin'));
});

test('says where a caller came from and by what right, for the audit log', () => {
  const token = store.issue(['admin'], 'ops');
  const callers = [
    visitor(ELSEWHERE, { token }),
    visitor(ELSEWHERE, { protocol: 'http', certificateNames: ['grafana'] }),
    visitor(UNIX_SOCKET),
  ].map((from) => keeper.admit(from, ['alerts:read']));
  assert.equal(
    callers.map(({ kind, name, tokenId, origin }) => [kind, name, tokenId, origin]),
    [
      ['token', 'ops', token.slice(4, 16), `grpc 192.0.2.7, token ${token.slice(4, 16)}`],
      ['certificate', 'grafana', '', 'http 192.0.2.7, certificate'],
      ['owner', '', '', 'grpc unix-socket, no token'],
    ],
  );
});

test('hears a stranger ten times, then says that it is too often', () => {
  const ask = () => codeOf(visitor(ELSEWHERE), 'check');
  for (let i = 0; i < TRIES_MAX; i++) assert.is(ask(), 'ACM_UNAUTHENTICATED');
  for (let i = 0; i < 5; i++) assert.is(ask(), 'ACM_RATE_LIMITED');
  assert.equal([keeper.refused, keeper.limited], [TRIES_MAX + 5, 5]);
  assert.is(codeOf(visitor('192.0.2.8'), 'check'), 'ACM_UNAUTHENTICATED', 'another address');
  nowMs += TRY_MS;
  assert.is(ask(), 'ACM_UNAUTHENTICATED', 'six seconds later');
  assert.is(ask(), 'ACM_RATE_LIMITED');
});

test('lets a token in that is in force, whatever others at its address try', () => {
  const token = store.issue(['check']);
  for (let i = 0; i <= TRIES_MAX; i++) codeOf(visitor(ELSEWHERE, { token: 'acm_guess' }), 'check');
  assert.is(codeOf(visitor(ELSEWHERE), 'check'), 'ACM_RATE_LIMITED');
  assert.is(codeOf(visitor(ELSEWHERE, { token }), 'check'), '');
  assert.is(codeOf(visitor(ELSEWHERE, { certificateNames: ['sbc-1'] }), 'check'), '');
  const guess = `${token.slice(0, 17)}${'A'.repeat(43)}`;
  assert.is(codeOf(visitor(ELSEWHERE, { token: guess }), 'check'), 'ACM_RATE_LIMITED', 'but no guess at it');
});

test('locks nobody on this machine out, whatever others there guess', () => {
  const token = store.issue(['check']);
  const guess = (): string => codeOf(visitor(HERE, { token: 'acm_guess' }), 'check');
  for (let i = 0; i < TRIES_MAX; i++) assert.is(guess(), 'ACM_UNAUTHENTICATED');
  assert.is(guess(), 'ACM_RATE_LIMITED');
  assert.is(codeOf(visitor(HERE, { token }), 'check'), '');
  assert.is(codeOf(visitor(HERE), 'check'), '');
});

test('counts no failure for who is known and may not', () => {
  const token = store.issue(['check']);
  for (let i = 0; i < 3 * TRIES_MAX; i++) {
    assert.is(codeOf(visitor(ELSEWHERE, { token }), 'admin'), 'ACM_FORBIDDEN');
    assert.is(codeOf(visitor(HERE), 'admin'), 'ACM_FORBIDDEN');
  }
  assert.equal([keeper.refused, keeper.limited], [0, 0]);
});

test('knows callers for as long as their token is in force, and all others for good', async () => {
  const token = store.issue(['check'], 'sbc-1', new Date(nowMs + 1_000));
  const caller = keeper.admit(visitor(ELSEWHERE, { token }), ['check']);
  const local = keeper.admit(visitor(HERE), ['check']);
  assert.ok(keeper.isStillKnown(caller));
  nowMs += 1_000;
  assert.not.ok(keeper.isStillKnown(caller));
  assert.ok(keeper.isStillKnown(local));
});

test.run();

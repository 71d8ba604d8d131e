import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { actorOf, type Caller, checkMay, covers, SCOPES, type Scope } from '../../src/admission/access.js';
import type { AcmError } from '../../src/errors.js';
import { MAY } from '../support/scope-table.js';

const test = suite('admission/access');

function callerWith(scopes: readonly Scope[], overrides: Partial<Caller> = {}): Caller {
  return {
    kind: 'token',
    name: 'dashboard',
    tokenId: '5d3c6f6e3c0b',
    scopes: new Set(scopes),
    origin: 'grpc 192.0.2.7, token 5d3c6f6e3c0b',
    ...overrides,
  };
}

test('lets each scope do what it is for, and a write read, and admin everything; nothing else', () => {
  for (const held of SCOPES)
    for (const wanted of SCOPES)
      assert.is(covers(new Set([held]), [wanted]), MAY[held].includes(wanted), `${held} for ${wanted}`);
});

test('lets several scopes do what any of them may, and asks for one of what is wanted', () => {
  fc.assert(
    fc.property(fc.subarray([...SCOPES]), fc.subarray([...SCOPES]), (held, wanted) => {
      const expected = held.some((scope) => wanted.some((each) => MAY[scope].includes(each)));
      assert.is(covers(new Set(held), wanted), expected);
    }),
  );
});

test('says who lacks what', () => {
  const messageOf = (caller: Caller, anyOf: readonly Scope[]): string => {
    try {
      checkMay(caller, anyOf);
      return '';
    } catch (error) {
      assert.is((error as AcmError).code, 'ACM_FORBIDDEN');
      return (error as AcmError).message;
    }
  };
  assert.is(messageOf(callerWith(['check']), ['check']), '');
  assert.is(messageOf(callerWith(['check']), ['admin']), 'the token "dashboard" lacks the scope admin');
  assert.is(
    messageOf(callerWith([], { kind: 'certificate', name: 'a "b"' }), ['check', 'events:write']),
    'the certificate "a \\"b\\"" lacks the scope check or events:write',
  );
  assert.is(
    messageOf(callerWith([], { kind: 'local', name: '' }), ['policy:write']),
    'without a token, a caller on this machine lacks the scope policy:write',
  );
});

test('puts a change down to the name of a token, and to the claim of whoever has none', () => {
  const { origin } = callerWith([]);
  assert.equal(actorOf(callerWith([]), 'somebody else'), { author: 'dashboard', origin });
  assert.equal(actorOf(callerWith([], { kind: 'local', name: '' }), 'ada'), { author: 'ada', origin });
  // A certificate may have a longer name than a history has room for.
  const { author } = actorOf(callerWith([], { kind: 'certificate', name: 'x'.repeat(200) }), '');
  assert.is(author.length, 64);
});

test.run();

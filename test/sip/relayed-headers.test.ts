import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forwardedMaxForwards } from '../../src/sip/max-forwards.js';
import { relayedHeaders } from '../../src/sip/relayed-headers.js';
import { FakeRequest } from './fake-stack.js';

const headers = suite('sip/relayed-headers');

const relayed = (fields: readonly string[], body = '') =>
  relayedHeaders(new FakeRequest('INVITE', 'sip:b', fields, body));

headers('leaves out what belongs to one leg, compact forms included', () => {
  const leg = [
    'Via: a',
    'v: b',
    'f: c',
    'To: d',
    'i: e',
    'CSeq: 1 INVITE',
    'm: f',
    'l: 0',
    'Route: g',
    'Max-Forwards: 7',
  ];
  assert.equal(relayed([...leg, 'Privacy: id']), { Privacy: 'id' });
});

headers('keeps several fields of one name several', () => {
  assert.equal(relayed(['Identity: a;info=<x>', 'X-Other: 1', 'identity: b;info=<y>']), {
    Identity: 'a;info=<x>\r\nidentity: b;info=<y>',
    'X-Other': '1',
  });
});

headers('drops extensions that end at a back-to-back user agent, and the field when nothing is left', () => {
  assert.equal(relayed(['Supported: timer, 100rel, Replaces', 'Require: 100rel']), { Supported: 'timer' });
});

headers('describes a body only where there is one', () => {
  assert.equal(relayed(['Content-Type: multipart/mixed']), {});
  assert.equal(relayed(['Content-Type: multipart/mixed'], 'x'), { 'Content-Type': 'multipart/mixed' });
});

headers('counts Max-Forwards down, from 70 where it is missing', () => {
  const left = (...fields: string[]) => forwardedMaxForwards(new FakeRequest('INVITE', 'sip:b', fields));
  assert.is(left('Max-Forwards: 10'), 9);
  assert.is(left('Max-Forwards: 0'), -1);
  assert.is(left(), 69);
  assert.is(left('Max-Forwards: many'), 69);
});

headers.run();

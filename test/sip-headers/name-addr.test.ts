import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNameAddr, parseNameAddrs } from '../../src/sip-headers/name-addr.js';

const nameAddr = suite('sip-headers/name-addr');

nameAddr('separates the URI from the parameters of the header field', () => {
  const { uri, params, text } = parseNameAddr('Bob <sip:bob@b;transport=tcp>;tag=a1;q="0.5"');
  assert.is(uri, 'sip:bob@b;transport=tcp');
  assert.equal(
    [...params],
    [
      ['tag', 'a1'],
      ['q', '0.5'],
    ],
  );
  assert.is(text, 'Bob <sip:bob@b;transport=tcp>');
});

nameAddr('takes the parameters of a bare URI for those of the field', () => {
  const { uri, params } = parseNameAddr(' sip:bob@b;TAG=a1 ');
  assert.is(uri, 'sip:bob@b');
  assert.is(params.get('tag'), 'a1');
});

nameAddr('is not misled by a display name that looks like an address', () => {
  const { uri, params } = parseNameAddr('"<sip:911@x>;tag=fake, \\"" <sip:bob@b>;tag=real');
  assert.is(uri, 'sip:bob@b');
  assert.is(params.get('tag'), 'real');
});

nameAddr('splits a list at commas outside names and URIs', () => {
  const list = parseNameAddrs('"A, B" <sip:1@a?x=1,2>;index=1, <tel:+2>, sip:3@c');
  assert.equal(
    list.map(({ uri }) => uri),
    ['sip:1@a?x=1,2', 'tel:+2', 'sip:3@c'],
  );
});

nameAddr('makes something of anything', () => {
  for (const text of ['', '<', '"', '<sip:a', '>', ';', '"a" b <', '\\'])
    assert.type(parseNameAddr(text).uri, 'string');
  assert.is(parseNameAddr('<sip:a').uri, 'sip:a');
});

nameAddr.run();

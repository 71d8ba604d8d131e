import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Peers } from '../../src/admission/peers.js';

const test = suite('admission/peers');

const NOW = 1_000_000;
const peer = (id: string) => ({ id, name: `host-${id}` });

test('misses nobody while reconciliation is off', () => {
  const peers = new Peers(50);
  assert.is(peers.link, 'off');
  assert.is(peers.stateAgeMs(NOW), 0);
  assert.not.ok(peers.isMissing(NOW));
});

test('says how old the news of the peer is that was heard of least lately', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW - 10, NOW);
  peers.alive(peer('b'), NOW - 70, NOW);
  assert.is(peers.stateAgeMs(NOW), 70);
  peers.alive(peer('b'), NOW, NOW);
  assert.is(peers.stateAgeMs(NOW), 10);
  assert.equal(peers.list(NOW), [
    { id: 'a', name: 'host-a', ageMs: 10 },
    { id: 'b', name: 'host-b', ageMs: 0 },
  ]);
});

test('misses a peer after a second, or ten intervals where that is longer', () => {
  for (const [intervalMs, missingMs] of [
    [50, 1_000],
    [500, 5_000],
  ]) {
    const peers = new Peers(intervalMs);
    peers.linkIs('reconciled', NOW);
    peers.alive(peer('a'), NOW, NOW);
    assert.not.ok(peers.isMissing(NOW + missingMs));
    assert.ok(peers.isMissing(NOW + missingMs + 1));
  }
});

test('expects a peer for a minute, and no longer', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW, NOW);
  peers.sweep(NOW + 60_000);
  assert.ok(peers.isMissing(NOW + 60_000));
  peers.sweep(NOW + 60_001);
  assert.not.ok(peers.isMissing(NOW + 60_001));
  assert.is(peers.stateAgeMs(NOW + 60_001), 0);
});

test('does not expect a peer that has signed off, nor one whose news is old when it comes', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW, NOW);
  peers.signedOff(peer('a'), NOW);
  peers.alive(peer('b'), NOW - 60_001, NOW);
  assert.equal(peers.list(NOW), []);
  assert.not.ok(peers.isMissing(NOW + 30_000));
});

test('does not take news that comes late for a sign that a peer that signed off is back', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW - 100, NOW);
  peers.signedOff(peer('a'), NOW);
  peers.signedOff(peer('b'), NOW);
  for (const id of ['a', 'b']) peers.alive(peer(id), NOW - 50, NOW + 10);
  peers.sweep(NOW + 60_000);
  for (const id of ['a', 'b']) peers.alive(peer(id), NOW, NOW + 60_000);
  assert.equal(peers.list(NOW), []);
  assert.is(peers.stateAgeMs(NOW + 60_000), 0);
});

test('remembers a thousand leaves, and those for a minute', () => {
  const peers = new Peers(50);
  peers.signedOff(peer('first'), NOW);
  for (let i = 0; i < 1_000; i++) peers.signedOff(peer(String(i)), NOW);
  peers.alive(peer('first'), NOW, NOW);
  peers.alive(peer('0'), NOW, NOW);
  assert.equal(
    peers.list(NOW).map(({ id }) => id),
    ['first'],
  );
  peers.sweep(NOW + 60_001);
  peers.alive(peer('0'), NOW + 60_001, NOW + 60_001);
  assert.equal(
    peers.list(NOW).map(({ id }) => id),
    ['0'],
  );
});

test('expects nobody on the word of a time that is none', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  for (const timeMs of [Number.NaN, Number.NEGATIVE_INFINITY]) peers.alive(peer('a'), timeMs, NOW);
  assert.equal(peers.list(NOW), []);
  peers.alive(peer('a'), NOW - 5, NOW);
  peers.alive(peer('a'), Number.NaN, NOW);
  assert.is(peers.stateAgeMs(NOW), 5);
});

test('is missing everybody while nothing can be exchanged', () => {
  const peers = new Peers(50);
  peers.linkIs('away', NOW);
  assert.ok(peers.isMissing(NOW));
  peers.linkIs('catching-up', NOW + 300);
  assert.is(peers.stateAgeMs(NOW + 400), 400, 'since it was cut off, not since the last change');
  peers.linkIs('reconciled', NOW + 500);
  assert.not.ok(peers.isMissing(NOW + 500));
  assert.is(peers.stateAgeMs(NOW + 500), 0);
});

test('takes no news from the future, and no older news than it has', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW + 5_000, NOW);
  peers.alive(peer('a'), NOW - 500, NOW);
  assert.is(peers.stateAgeMs(NOW), 0);
  assert.is(peers.stateAgeMs(NOW + 20), 20);
});

test('tells ages in whole milliseconds, as verdicts carry them', () => {
  const peers = new Peers(50);
  peers.linkIs('reconciled', NOW);
  peers.alive(peer('a'), NOW - 10.25, NOW);
  assert.is(peers.stateAgeMs(NOW), 11);
});

test('has room for a thousand, and counts the others', () => {
  const peers = new Peers(50);
  for (let i = 0; i < 1_003; i++) peers.alive(peer(String(i)), NOW, NOW);
  assert.is(peers.list(NOW).length, 1_000);
  assert.is(peers.overflows, 3);
});

test('always knows the oldest, whoever speaks, falls silent or leaves', () => {
  const acts = fc.array(
    fc.tuple(
      fc.constantFrom('alive', 'signedOff', 'sweep'),
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 500 }),
    ),
  );
  fc.assert(
    fc.property(acts, (script) => {
      const peers = new Peers(50);
      peers.linkIs('reconciled', NOW);
      let nowMs = NOW;
      for (const [act, id, afterMs, agoMs] of script) {
        nowMs += afterMs;
        if (act === 'alive') peers.alive(peer(id), nowMs - agoMs, nowMs);
        else if (act === 'signedOff') peers.signedOff(peer(id), nowMs);
        else peers.sweep(nowMs);
        const oldest = Math.max(0, ...peers.list(nowMs).map(({ ageMs }) => ageMs));
        assert.is(peers.stateAgeMs(nowMs), oldest);
      }
    }),
  );
});

test.run();

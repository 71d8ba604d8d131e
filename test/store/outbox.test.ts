import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { away, postponed, refusal, setUpOutbox } from './outbox-fixture.js';

const test = suite('store/outbox');

test('writes what has come within a flush interval in one batch, and then rests', async () => {
  const { outbox, time, store } = setUpOutbox();
  assert.is(time.timers, 0);
  outbox.put('call', 'a');
  await time.advance(60);
  outbox.put('call', 'b');
  await time.advance(39);
  assert.equal(store.batches, []);
  await time.advance(1);
  assert.equal(store.batches, [['a', 'b']]);
  assert.is(outbox.written, 2);
  assert.is(time.timers, 0);
});

test('writes the most important class first, and the oldest of a class first', async () => {
  const { outbox, time, store } = setUpOutbox();
  for (const [kind, item] of ['minute m1', 'call c1', 'alert a1', 'call c2', 'alert a2'].map((each) =>
    each.split(' '),
  ))
    outbox.put(kind!, item!);
  await time.advance(100);
  assert.equal(store.batches, [['a1', 'a2', 'c1', 'c2']]);
  await time.advance(100);
  assert.equal(store.batches[1], ['m1']);
});

test('does not wait between batches that are full', async () => {
  const { outbox, time, store } = setUpOutbox();
  for (let i = 0; i < 9; i++) outbox.put('call', `c${i}`);
  await time.advance(100);
  assert.equal(
    store.batches.map((batch) => batch.length),
    [4, 4],
  );
});

test('has one write under way at most', async () => {
  const { outbox, time, store } = setUpOutbox();
  const { answer, give } = postponed();
  let writes = 0;
  store.answer = (batch) => {
    writes++;
    return answer(batch);
  };
  outbox.put('call', 'a');
  await time.advance(100);
  outbox.put('call', 'b');
  await time.advance(5_000);
  assert.is(writes, 1);
  assert.is(outbox.waiting('call'), 2);
  give();
  await time.advance(100);
  assert.equal(store.batches, [['a'], ['b']]);
});

test('replaces an item that waits under the same class and key, which keeps its place and age', async () => {
  const { outbox, time, store } = setUpOutbox();
  outbox.put('alert', 'one, opened', 'one');
  await time.advance(50);
  outbox.put('alert', 'two, opened', 'two');
  outbox.put('alert', 'one, grown', 'one');
  outbox.put('call', 'another class', 'one');
  assert.is(outbox.waiting('alert'), 2);
  assert.is(outbox.oldestAgeMs(time.now()), 50);
  await time.advance(50);
  assert.equal(store.batches, [['one, grown', 'two, opened', 'another class']]);
});

test('keeps a batch when the store is away, and tries again after pauses that double up to five seconds', async () => {
  const { outbox, time, store } = setUpOutbox();
  const triedAtMs: number[] = [];
  store.answer = () => {
    triedAtMs.push(time.now());
    return away();
  };
  outbox.put('alert', 'a');
  await time.advance(20_000);
  const pauses = triedAtMs.map((atMs, i) => atMs - (triedAtMs[i - 1] ?? 0));
  assert.equal(pauses, [100, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assert.match(outbox.lastError?.message ?? '', 'the store is away');
});

test('forgets the pauses with the first success', async () => {
  const { outbox, time, store } = setUpOutbox();
  store.answer = away;
  outbox.put('alert', 'a');
  await time.advance(1_000);
  store.answer = () => undefined;
  await time.advance(1_000);
  assert.equal(store.batches, [['a']]);
  assert.is(outbox.lastError, undefined);
  store.answer = away;
  outbox.put('alert', 'b');
  await time.advance(100);
  store.answer = () => undefined;
  await time.advance(100);
  assert.equal(store.batches, [['a'], ['b']]);
});

test('tries again in the order in which items came, whatever has come meanwhile', async () => {
  const { outbox, time, store } = setUpOutbox();
  store.answer = away;
  for (const item of ['a', 'b', 'c']) outbox.put('call', item);
  await time.advance(100);
  outbox.put('call', 'd');
  store.answer = () => undefined;
  await time.advance(100);
  assert.equal(store.batches, [['a', 'b', 'c', 'd']]);
});

test('does not bring an item back that a newer one has overtaken while it was being written', async () => {
  const { outbox, time, store } = setUpOutbox();
  const { answer, give } = postponed();
  store.answer = answer;
  outbox.put('alert', 'opened', 'one');
  await time.advance(100);
  outbox.put('alert', 'grown', 'one');
  assert.is(outbox.waiting('alert'), 2);
  give(away());
  store.answer = () => undefined;
  await time.advance(1_000);
  assert.equal(store.batches, [['grown']]);
});

test('writes the newer item after the older one that was being written', async () => {
  const { outbox, time, store } = setUpOutbox();
  const { answer, give } = postponed();
  store.answer = answer;
  outbox.put('alert', 'opened', 'one');
  await time.advance(100);
  outbox.put('alert', 'grown', 'one');
  give();
  await time.advance(1_000);
  assert.equal(store.batches, [['opened'], ['grown']]);
});

test('splits a batch that is refused until only what is to blame is dropped', async () => {
  const { outbox, time, store, lines } = setUpOutbox();
  store.answer = (batch) => (batch.includes('bad') ? refusal() : undefined);
  for (const item of ['a', 'b', 'bad', 'd']) outbox.put('call', item);
  await time.advance(100);
  assert.equal(store.batches.flat(), ['a', 'b', 'd']);
  assert.is(outbox.dropped('call', 'refused'), 1);
  assert.is(outbox.waiting('call'), 0);
  assert.equal(lines, [
    { level: 'error', fields: { class: 'call', refused: 1, reason: 'the value is too long' } },
  ]);
});

test('keeps what is not settled when the store goes away in the middle of a split', async () => {
  const { outbox, time, store } = setUpOutbox();
  const answers = [refusal(), undefined, away()];
  store.answer = () => answers.shift();
  for (const item of ['a', 'b', 'c', 'd']) outbox.put('call', item);
  await time.advance(100);
  assert.equal(store.batches, [['a', 'b']]);
  assert.is(outbox.waiting('call'), 2);
  await time.advance(100);
  assert.equal(store.batches, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('logs refusals at most once a second, with their number', async () => {
  const { outbox, time, store, lines } = setUpOutbox();
  store.answer = refusal;
  for (let i = 0; i < 8; i++) outbox.put('call', `c${i}`);
  await time.advance(1_099);
  assert.equal(
    lines.map(({ fields }) => fields['refused']),
    [1],
  );
  await time.advance(1);
  assert.equal(
    lines.map(({ fields }) => fields['refused']),
    [1, 7],
  );
  await time.advance(1_000);
  assert.is(time.timers, 0);
});

test('drops the oldest of a class that is full', async () => {
  const { outbox, time, store, lines } = setUpOutbox({ batchMax: 20 });
  for (let i = 0; i < 12; i++) outbox.put('call', `c${i}`);
  assert.is(outbox.waiting('call'), 10);
  assert.is(outbox.dropped('call', 'full'), 2);
  await time.advance(1_000);
  assert.is(store.batches[0]?.[0], 'c2');
  assert.equal(
    lines.map(({ level, fields }) => `${level} ${fields['class']} ${fields['full']}`),
    ['warn call 1', 'warn call 1'],
  );
});

test('drops from the least important class when all together are too many', () => {
  const { outbox } = setUpOutbox();
  for (let i = 0; i < 8; i++) outbox.put('minute', `m${i}`);
  for (let i = 0; i < 10; i++) outbox.put('alert', `a${i}`);
  assert.is(outbox.dropped('minute', 'full'), 3);
  for (let i = 0; i < 9; i++) outbox.put('call', `c${i}`);
  assert.is(outbox.waiting('minute'), 0);
  assert.is(outbox.dropped('minute', 'full'), 8);
  assert.is(outbox.waiting('call'), 5);
  assert.is(outbox.waiting('alert'), 10);
  assert.is(outbox.dropped('alert', 'full'), 0);
});

test('drops what is too old to be worth writing', async () => {
  const { outbox, time, store } = setUpOutbox();
  store.answer = away;
  outbox.put('alert', 'an alert');
  outbox.put('call', 'a call');
  await time.advance(9_000);
  store.answer = () => undefined;
  await time.advance(5_000);
  assert.equal(store.batches, [['an alert']]);
  assert.is(outbox.dropped('call', 'aged'), 1);
});

test('makes room when a batch comes back to a class that has filled up meanwhile', async () => {
  const { outbox, time, store } = setUpOutbox();
  const { answer, give } = postponed();
  store.answer = answer;
  for (let i = 0; i < 4; i++) outbox.put('call', `early${i}`);
  await time.advance(100);
  for (let i = 0; i < 9; i++) outbox.put('call', `late${i}`);
  assert.is(outbox.waiting('call'), 13);
  give(away());
  await time.advance(0);
  assert.is(outbox.waiting('call'), 10);
  assert.is(outbox.dropped('call', 'full'), 3);
  store.answer = () => undefined;
  await time.advance(1_000);
  assert.is(store.batches[0]?.[0], 'early3');
});

test('tells the age of the oldest item, whether it waits or is being written', async () => {
  const { outbox, time, store } = setUpOutbox();
  assert.is(outbox.oldestAgeMs(time.now()), 0);
  store.answer = postponed().answer;
  outbox.put('minute', 'm');
  await time.advance(70);
  outbox.put('alert', 'a');
  assert.is(outbox.oldestAgeMs(time.now()), 70);
  await time.advance(930);
  assert.is(outbox.oldestAgeMs(time.now()), 1_000);
});

test('flushes at once, batch after batch, and says that nothing is left', async () => {
  const { outbox, time, store } = setUpOutbox();
  for (let i = 0; i < 9; i++) outbox.put('call', `c${i}`);
  const left = outbox.flush(2_000);
  await time.advance(0);
  assert.is(await left, 0);
  assert.is(store.batches.flat().length, 9);
  assert.is(time.timers, 0);
  assert.is(await outbox.flush(2_000), 0);
});

test('flushes at once when it pauses after a failure', async () => {
  const { outbox, time, store } = setUpOutbox();
  store.answer = away;
  outbox.put('alert', 'a');
  await time.advance(10_000);
  store.answer = () => undefined;
  const left = outbox.flush(2_000);
  await time.advance(0);
  assert.is(await left, 0);
});

test('gives a flush up when its time is over, and says how many are left', async () => {
  const { outbox, time, store } = setUpOutbox();
  store.answer = away;
  outbox.put('alert', 'a');
  outbox.put('call', 'c');
  const left = outbox.flush(500);
  await time.advance(500);
  assert.is(await left, 2);
  store.answer = postponed().answer;
  await time.advance(5_000);
  const leftBehind = outbox.flush(500);
  await time.advance(500);
  assert.is(await leftBehind, 2);
});

test.run();

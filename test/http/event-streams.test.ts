import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { choiceOf } from '../../src/admission/event-feed.js';
import { ALL, EventBench, type FakeSink, holderOf, WRITE_MS } from './event-bench.js';

const test = suite('http/event-streams');

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test('brings what happens from now on, with the ids to come back with', () => {
  const bench = new EventBench();
  bench.publish();
  const sink = bench.connect();
  bench.publish();
  bench.advance(200);
  assert.match(
    sink.text,
    /^: connected\nretry: 2000\nid: life-1\n\nid: life-2\nevent: alert\ndata: \{.*\}\n\n$/,
  );
});

test('puts what happens within a tenth of a second into one write', () => {
  const bench = new EventBench();
  const sink = bench.connect();
  const before = sink.writes;
  bench.publish('alert', 20);
  bench.advance(150);
  assert.is(sink.writes, before + 1);
  assert.equal(sink.alerts, oneTo(20));
  bench.publish();
  bench.advance(10);
  assert.is(sink.writes, before + 1);
});

test('brings only what was chosen', () => {
  const bench = new EventBench();
  const [alerts, threats] = [bench.connect(choiceOf(['alert'])), bench.connect(choiceOf(['threats']))];
  bench.publish('threats');
  bench.publish('alert');
  bench.publish('threats');
  bench.advance(200);
  assert.equal(alerts.events, ['alert']);
  assert.equal(threats.events, ['threats', 'threats']);
});

test('goes on after the id of whoever comes back', () => {
  const bench = new EventBench();
  const first = bench.connect();
  bench.publish('alert', 3);
  bench.advance(200);
  first.leave();
  bench.publish('alert', 4);
  const again = bench.connect(ALL, 'life-3');
  bench.advance(200);
  assert.equal([...first.alerts, ...again.alerts], oneTo(7));
  assert.is(bench.streams.resets, 0);
});

test('tells whoever has missed something, and goes on from now', () => {
  const bench = new EventBench();
  bench.publish('alert', 60);
  for (const [id, reason] of [
    ['life-9', 'not kept any more'],
    ['other-9', 'not one of this run'],
  ]) {
    const sink = bench.connect(ALL, id);
    bench.publish();
    bench.advance(200);
    assert.equal(sink.events, ['reset', 'alert'], id);
    assert.match(sink.text, reason);
    sink.leave();
  }
  assert.is(bench.streams.resets, 2);
});

test('drops who takes nothing for ten seconds, with a reason; the others miss nothing', () => {
  const bench = new EventBench();
  const [fast, slow, other] = [bench.connect(), bench.connect(), bench.connect()];
  slow.takes = false;
  for (let second = 0; second < 12; second++) {
    bench.publish();
    bench.advance(1_000);
  }
  assert.ok(slow.ended);
  assert.equal(slow.alerts, [1], 'one batch under way at the most');
  assert.equal(slow.events, ['alert', 'dropped']);
  assert.match(
    slow.text,
    /\nid: life-1\nretry: 2000\nevent: dropped\ndata: \{"reason":"too slow: nothing was taken/,
  );
  for (const sink of [fast, other]) assert.equal(sink.alerts, oneTo(12));
  assert.is(bench.streams.dropped('stalled'), 1);
  assert.is(bench.streams.clients, 2);
  const line = bench.logged.find(({ message }) => message === 'a stream of events was too slow');
  assert.equal(line?.fields, { requestId: 'r', cause: 'stalled', unsentBytes: slow.unsent - lastOf(slow) });
});

/** Bytes of the last frame. */
function lastOf({ text }: FakeSink): number {
  return text.length - text.lastIndexOf('\n\nid: ') - 2;
}

test('lets a client that takes its time take it', () => {
  const bench = new EventBench();
  const sink = bench.connect();
  for (let second = 0; second < 30; second++) {
    sink.takes = second % 9 !== 0;
    bench.publish();
    bench.advance(1_000);
    if (second % 9 === 8) sink.unsent = 0;
  }
  sink.unsent = 0;
  bench.advance(200);
  assert.not(sink.ended);
  assert.equal(sink.alerts, oneTo(30));
});

test('drops who is slow and is overtaken', () => {
  const bench = new EventBench();
  const sink = bench.connect();
  sink.takes = false;
  bench.publish();
  bench.advance(200);
  bench.publish('alert', 51);
  bench.advance(200);
  assert.equal(sink.events, ['alert', 'dropped']);
  assert.match(sink.text, 'not kept any more');
  assert.is(bench.streams.dropped('overtaken'), 1);
});

test('does not drop who is overtaken by a storm alone, but tells of it', () => {
  const bench = new EventBench();
  const sink = bench.connect();
  bench.publish('alert', 60);
  bench.advance(200);
  bench.publish();
  bench.advance(200);
  assert.equal(sink.events, ['reset', 'alert']);
  assert.equal(sink.alerts, [61]);
});

test('sends a heartbeat with the newest id when there is nothing else', () => {
  const bench = new EventBench();
  const sink = bench.connect(choiceOf(['alert']));
  bench.publish('threats');
  bench.advance(14_900);
  const before = sink.text;
  bench.advance(300);
  assert.is(sink.text.slice(before.length), ': still here\nid: life-1\n\n');
  bench.advance(15_300);
  assert.is(sink.text.match(/still here/g)?.length, 2);
});

test('visits five hundred clients in small slices with pauses between them', () => {
  const bench = new EventBench();
  const sinks = Array.from({ length: 500 }, () => bench.connect());
  bench.publish();
  bench.slices.length = 0;
  bench.advance(1_000);
  for (const sink of sinks) assert.equal(sink.alerts, [1]);
  const busy = bench.slices.filter(({ tookMs }) => tookMs > 0);
  assert.ok(busy.length > 100, `${busy.length} slices`);
  // A slice ends after a tenth of a millisecond, with the write that is under way.
  assert.ok(Math.max(...busy.map(({ tookMs }) => tookMs)) < 0.1 + WRITE_MS);
  for (const [i, { beganMs }] of busy.entries()) if (i > 0) assert.ok(beganMs - busy[i - 1].beganMs >= 1);
});

test('takes no more clients than there is room for, and none while it drains', () => {
  const bench = new EventBench(2);
  const [one] = [bench.connect(), bench.connect()];
  assert.throws(() => bench.streams.checkRoom(), /there are 2 streams/);
  assert.is(bench.streams.refused, 1);
  one.leave();
  bench.streams.checkRoom();
  bench.streams.drain();
  assert.throws(() => bench.streams.checkRoom(), /stopping/);
});

test('says goodbye when it drains, and rests when nobody is left', () => {
  const bench = new EventBench();
  const sinks = Array.from({ length: 50 }, () => bench.connect());
  bench.streams.drain();
  bench.advance(250);
  for (const { ended, events } of sinks) {
    assert.ok(ended);
    assert.equal(events, ['bye']);
  }
  assert.is(bench.streams.clients, 0);
  assert.ok(bench.isIdle);
});

test('works for those who come after everybody had left', () => {
  const bench = new EventBench();
  bench.connect().leave();
  bench.advance(300);
  assert.ok(bench.isIdle);
  const sink = bench.connect();
  bench.publish();
  bench.advance(200);
  assert.equal(sink.alerts, [1]);
});

test('ends a stream after an hour, so that whoever listens has to ask again', () => {
  const bench = new EventBench();
  const sink = bench.connect();
  bench.advance(3_599_000);
  assert.not(sink.ended);
  bench.advance(1_200);
  assert.is(sink.events.at(-1), 'bye');
  assert.ok(sink.ended);
});

test('ends the streams of a token that is no longer in force, and no others', () => {
  const bench = new EventBench();
  const [gone, stays] = [
    bench.connect(ALL, undefined, holderOf('gone')),
    bench.connect(ALL, undefined, holderOf('stays')),
  ];
  bench.streams.endUnless(({ tokenId }) => tokenId !== 'gone');
  bench.advance(200);
  assert.ok(gone.ended);
  assert.match(gone.text, 'revoked');
  bench.publish();
  bench.advance(200);
  assert.not.ok(stays.ended);
  assert.equal([stays.alerts, gone.alerts], [[1], []]);
});

test.run();

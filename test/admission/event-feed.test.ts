import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { choiceOf, EventFeed, type FeedLimits } from '../../src/admission/event-feed.js';
import { EVENT_TYPES, type EventType, type FeedEvent } from '../../src/admission/feed-event.js';

const test = suite('admission/event-feed');

const ALL = choiceOf(EVENT_TYPES);
const LIMITS: FeedLimits = { keptMax: 5, bytesMax: 1_000, ageMsMax: 1_000, batchBytes: 100 };

/** A feed whose events are `<id> <type> <padding>;`, and a clock that the test moves. */
class FeedUnderTest {
  nowMs = 0;
  readonly published: { readonly text: string; readonly type: EventType; readonly atMs: number }[] = [];
  readonly feed: EventFeed;
  #padding = 0;

  constructor(private readonly limits: FeedLimits = LIMITS) {
    const encode = (id: string, { type }: FeedEvent): Uint8Array => {
      const text = `${id} ${type} ${'.'.repeat(this.#padding)};`;
      this.published.push({ text, type, atMs: this.nowMs });
      return Buffer.from(text);
    };
    this.feed = new EventFeed({ life: 'life', encode, nowMs: () => this.nowMs }, limits);
  }

  publish(type: EventType = 'alert', padding = 0): void {
    this.#padding = padding;
    this.feed.publish({ type, at: new Date(0) } as FeedEvent);
  }

  /** What a listener gets who reads on from a place until there is nothing left; undefined if some of it is gone. */
  read(from: number, choice = ALL): string | undefined {
    let text = '';
    for (let place = from; place < this.feed.newest; ) {
      const batch = this.feed.after(place, choice);
      if (batch === undefined) return undefined;
      assert.ok(batch.place > place, 'each batch goes on');
      text += Buffer.from(batch.bytes).toString();
      place = batch.place;
    }
    return text;
  }

  /** What a listener should get. */
  expected(from: number, types: readonly EventType[]): string {
    return this.published
      .slice(from)
      .filter(({ type }) => types.includes(type))
      .map(({ text }) => text)
      .join('');
  }

  /** True if the bounds leave no room for all events after a place. */
  mayForget(from: number): boolean {
    const rest = this.published.slice(from);
    const bytes = rest.reduce((sum, { text }) => sum + text.length, 0);
    const newestMs = this.published.at(-1)?.atMs ?? 0;
    return (
      rest.length > this.limits.keptMax ||
      bytes > this.limits.bytesMax ||
      rest.some(({ atMs }) => newestMs - atMs > this.limits.ageMsMax)
    );
  }
}

test('begins with what comes next', () => {
  const it = new FeedUnderTest();
  it.publish();
  const { place, gap } = it.feed.resume(undefined);
  assert.is(gap, undefined);
  assert.is(it.read(place), '');
  it.publish();
  assert.is(it.read(place), 'life-2 alert ;');
});

test('goes on after an id, and does not repeat its event', () => {
  const it = new FeedUnderTest();
  for (let i = 0; i < 4; i++) it.publish();
  const { place, gap } = it.feed.resume('life-2');
  assert.is(gap, undefined);
  assert.is(it.read(place), 'life-3 alert ;life-4 alert ;');
});

test('knows an id of another life, one that is none, and one that is too old', () => {
  const it = new FeedUnderTest();
  for (let i = 0; i < 7; i++) it.publish();
  for (const id of ['other-3', 'life-8', 'life', '', '-1', 'life-', 'life-1x', 'life--1', 'x'.repeat(1_000)])
    assert.equal(it.feed.resume(id), { place: 7, gap: 'restarted' }, id);
  assert.equal(it.feed.resume('life-1'), { place: 7, gap: 'forgotten' });
  assert.equal(it.feed.resume('life-2'), { place: 2, gap: undefined });
  assert.equal(it.feed.resume('life-7'), { place: 7, gap: undefined });
});

test('forgets what is old, and what there is no room for', () => {
  const old = new FeedUnderTest();
  old.publish();
  old.nowMs = 1_001;
  old.publish();
  assert.is(old.read(0), undefined);
  assert.is(old.read(1), 'life-2 alert ;');
  const large = new FeedUnderTest();
  large.publish('alert', 600);
  large.publish('alert', 600);
  assert.is(large.read(0), undefined);
  assert.is(large.read(1)?.length, 'life-2 alert ;'.length + 600);
});

test('keeps the newest event, however large it is', () => {
  const it = new FeedUnderTest();
  it.publish('threats', 5_000);
  assert.is(it.read(0)?.length, 'life-1 threats ;'.length + 5_000);
});

test('gives everybody at the same place the same bytes', () => {
  const it = new FeedUnderTest();
  it.publish();
  it.publish();
  assert.is(it.feed.after(0, ALL)?.bytes, it.feed.after(0, ALL)?.bytes);
});

test('never makes a batch longer than its bound, but for a single event', () => {
  const it = new FeedUnderTest();
  for (const padding of [40, 40, 40, 150]) it.publish('alert', padding);
  const sizes: number[] = [];
  for (let place = 0; place < 4; ) {
    const batch = it.feed.after(place, ALL)!;
    sizes.push(batch.bytes.length);
    place = batch.place;
  }
  const event = 'life-1 alert ;'.length;
  assert.equal(sizes, [40 + event, 40 + event, 40 + event, 150 + event]);
});

test('passes over what was not chosen, so that the place does not grow old', () => {
  const it = new FeedUnderTest();
  for (let i = 0; i < 3; i++) it.publish('stats');
  const batch = it.feed.after(0, choiceOf(['alert']));
  assert.is(batch?.bytes.length, 0);
  assert.is(batch?.place, 3);
});

test('whatever is published, a listener gets exactly what follows its id, in order, or hears of a gap', () => {
  const event = fc.record({
    type: fc.constantFrom(...EVENT_TYPES),
    padding: fc.nat(300),
    waitedMs: fc.nat(400),
  });
  const types = fc.subarray([...EVENT_TYPES], { minLength: 1 });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.nat(30), types, (events, back, wanted) => {
      const it = new FeedUnderTest();
      for (const { type, padding, waitedMs } of events) {
        it.nowMs += waitedMs;
        it.publish(type, padding);
      }
      const from = Math.max(0, events.length - back);
      const { place, gap } = it.feed.resume(`life-${from}`);
      if (gap === undefined) {
        assert.is(place, from);
        assert.is(it.read(place, choiceOf(wanted)), it.expected(from, wanted));
      } else {
        assert.is(gap, 'forgotten');
        assert.ok(it.mayForget(from), 'forgets within its bounds');
      }
    }),
  );
});

test('whoever reads as events come misses none', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(80), { nil: 'read' as const }), { maxLength: 60 }), (steps) => {
      const it = new FeedUnderTest();
      let place = 0;
      let text = '';
      let missed = false;
      for (const step of [...steps, 'read' as const]) {
        if (step !== 'read') it.publish('alert', step);
        else {
          const news = it.read(place);
          missed ||= news === undefined;
          text += news ?? '';
          place = it.feed.newest;
        }
      }
      assert.ok(missed || text === it.expected(0, EVENT_TYPES));
    }),
  );
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OwnNews } from '../../src/admission/own-news.js';
import { CallerWindow } from '../../src/detection/caller-window.js';
import { NumberKeys } from '../../src/detection/number-keys.js';
import type { Observations } from '../../src/detection/observations.js';

const test = suite('admission/own-news');

const W = 5_000;
const ALL = 1_000_000;

class Fixture {
  readonly keys = new NumberKeys();
  readonly window = new CallerWindow({ capacity: 50_000, windowsMs: [W], keys: this.keys, seed: 5 });
  readonly acts: string[] = [];
  now = 100_000;
  readonly news = new OwnNews({
    window: this.window,
    keys: this.keys,
    incidents: {
      collect: () => ({ blocks: [], incidents: [] }),
      published: () => void this.acts.push('published'),
      rewind: () => void this.acts.push('rewind'),
    },
    rulesRevision: () => 7,
    now: () => this.now,
  });

  call(bNumber: string, aNumber: string): void {
    const [bKey, aKey] = [this.keys.acquire(bNumber), this.keys.acquire(aNumber)];
    this.window.observe(bKey, aKey, 1, this.now, '');
    this.keys.release(aKey);
    this.keys.release(bKey);
  }

  /** `B A age` of all that is collected, the named ones last. */
  collect(max = ALL): string[] {
    return this.#linesOf(this.news.collect(max).news.observations);
  }

  #linesOf({ count, bKeys, aKeys, timesMs, named }: Observations): string[] {
    const lines: string[] = [];
    for (let i = 0; i < count; i++) lines.push(`${bKeys[i]} ${aKeys[i]} ${this.now - timesMs[i]}`);
    for (const { bNumber, aNumber, timeMs } of named)
      lines.push(`${bNumber} ${aNumber} ${this.now - timeMs}`);
    return lines;
  }
}

test('tells each call once, when its millisecond is over', () => {
  const fixture = new Fixture();
  fixture.call('+2348099999999', '+2348030000001');
  assert.equal(fixture.collect(), []);
  fixture.news.published();
  fixture.call('+2348099999999', '+2348030000002');
  fixture.now += 1;
  assert.equal(fixture.collect().sort(), ['2348099999999 2348030000001 1', '2348099999999 2348030000002 1']);
  fixture.news.published();
  assert.equal(fixture.collect(), []);
});

test('tells the same again, and more, until it was published', () => {
  const fixture = new Fixture();
  fixture.call('100', '1');
  fixture.now += 10;
  assert.equal(fixture.collect(), ['100 1 10']);
  fixture.call('100', '2');
  fixture.now += 10;
  assert.equal(fixture.collect(), ['100 1 20', '100 2 10']);
  assert.equal(fixture.acts, []);
});

test('spells out what has no packed form', () => {
  const fixture = new Fixture();
  fixture.call('alice', 'A001');
  fixture.call('100', 'A001');
  fixture.now += 1;
  assert.equal(fixture.collect().sort(), ['100 A001 1', 'alice A001 1']);
});

test('tells nothing that it has heard from others', () => {
  const fixture = new Fixture();
  fixture.window.advance(fixture.now);
  fixture.window.merge(100, 1, fixture.now);
  fixture.call('100', '2');
  fixture.window.merge(100, 3, fixture.now);
  fixture.now += 1;
  assert.equal(fixture.collect(), ['100 2 1']);
});

test('leaves out what has left the longest window', () => {
  const fixture = new Fixture();
  fixture.call('100', '1');
  fixture.now += 1;
  fixture.call('100', '2');
  fixture.now += W;
  assert.equal(fixture.collect(), [`100 2 ${W}`]);
});

test('tells all that is in the window again when the store has lost it', () => {
  const fixture = new Fixture();
  fixture.call('100', '1');
  fixture.now += 1_000;
  fixture.collect();
  fixture.news.published();
  fixture.news.rewind();
  assert.equal(fixture.collect(), ['100 1 1000']);
  assert.equal(fixture.acts, ['published', 'rewind']);
});

test('stops at the end of a millisecond beyond the limit, and says that there is more', () => {
  const fixture = new Fixture();
  for (let ms = 0; ms < 30; ms++) {
    for (let i = 0; i < 100; i++) fixture.call('100', String(ms * 100 + i));
    fixture.now += 1;
  }
  let told = 0;
  for (let more = true; more; fixture.news.published()) {
    const collected = fixture.news.collect(250);
    const { count } = collected.news.observations;
    assert.ok(count <= 300);
    told += count;
    more = collected.more;
  }
  assert.is(told, 3_000);
});

test('has room for a whole window in one go', () => {
  const fixture = new Fixture();
  for (let i = 0; i < 20_000; i++) fixture.call('100', String(i));
  fixture.now += 1;
  assert.is(fixture.collect().length, 20_000);
  assert.is(fixture.news.collect(ALL).news.rulesRevision, 7);
});

test.run();

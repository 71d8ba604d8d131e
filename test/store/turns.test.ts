import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Turns } from '../../src/store/turns.js';

const test = suite('store/turns');

const WAITING_MAX = 100;
const WAIT_MS_MAX = 5_000;

test('does one work after the other, in order, whatever becomes of each', async () => {
  const turns = new Turns(() => 0);
  const done: string[] = [];
  let underWay = 0;
  const work = (name: string, fails = false) =>
    turns.take(async () => {
      assert.is(++underWay, 1);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      done.push(name);
      if (fails) throw new Error(`${name} failed`);
      return name;
    });
  const results = await Promise.allSettled([work('a'), work('b', true), work('c')]);
  assert.equal(done, ['a', 'b', 'c']);
  assert.equal(
    results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message)),
    ['a', 'b failed', 'c'],
  );
});

test('turns away what is too much, and takes more when there is room again', async () => {
  const turns = new Turns(() => 0);
  const { promise, resolve } = Promise.withResolvers<void>();
  const taken = Array.from({ length: WAITING_MAX }, () => turns.take(() => promise));
  const refused = await turns.take(() => promise).catch((error) => error);
  assert.equal(
    [refused.code, refused.message],
    ['ACM_STORE_UNAVAILABLE', 'too many changes at a time: 100 wait'],
  );
  resolve();
  await Promise.all(taken);
  assert.is(await turns.take(async () => 'again'), 'again');
});

test('does not do what has waited too long', async () => {
  let nowMs = 0;
  const turns = new Turns(() => nowMs);
  const slow = turns.take(async () => {
    nowMs += WAIT_MS_MAX;
  });
  let done = 0;
  const inTime = turns.take(async () => {
    done++;
    nowMs += 1;
  });
  const late = turns.take(async () => void done++);
  await Promise.all([slow, inTime]);
  assert.is((await late.catch((error) => error)).code, 'ACM_STORE_UNAVAILABLE');
  assert.is(done, 1);
});

test.run();

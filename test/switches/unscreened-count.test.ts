import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UnscreenedCount } from '../../src/switches/unscreened-count.js';

const test = suite('switches/unscreened-count');

const ofKamailio = (count: number): object => ({ 'script.acm_unscreened': String(count) });
const ofOpensips = (count: number): object => ({ 'script:acm_unscreened': count });

for (const [name, write] of [
  ['Kamailio', ofKamailio],
  ['OpenSIPS', ofOpensips],
] as const) {
  test(`adds what has come since the last reading, as ${name} writes it`, () => {
    const count = new UnscreenedCount();
    const added = [10, 10, 13, 20].map((value) => count.take(write(value), false));
    assert.equal(added, [0, 0, 3, 7], 'what was there before the first reading is old news');
  });

  test(`counts from 0 after a restart of ${name}`, () => {
    const count = new UnscreenedCount();
    count.take(write(10), false);
    assert.is(count.take(write(12), true), 12);
    assert.is(count.take(write(4), false), 4, 'also one that was not noticed');
  });
}

test('takes nothing from a switch that has no such statistic', () => {
  const count = new UnscreenedCount();
  for (const result of [
    undefined,
    null,
    {},
    [],
    'x',
    { acm_unscreened: 'x' },
    { acm_unscreened: -1 },
    { other: 5 },
  ])
    assert.is(count.take(result, false), 0);
  assert.is(count.take(ofKamailio(7), false), 0);
  assert.is(count.take(ofKamailio(8), false), 1);
});

test('adds up to what all lives of the switch have counted after the first reading', () => {
  const lives = fc.array(fc.array(fc.nat(1_000), { minLength: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.nat(1_000), lives, (before, growths) => {
      const count = new UnscreenedCount();
      count.take(ofKamailio(before), false);
      let sum = 0;
      for (const [life, steps] of growths.entries()) {
        let value = life === 0 ? before : 0;
        for (const [place, step] of steps.entries()) {
          value += step;
          sum += count.take(ofKamailio(value), life > 0 && place === 0);
        }
      }
      assert.is(
        sum,
        growths.flat().reduce((total, step) => total + step, 0),
      );
    }),
  );
});

test.run();

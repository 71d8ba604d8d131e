/** What holds for an outbox whatever comes, and whatever the store does. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OutboxClass } from '../../src/store/outbox.js';
import { type Answer, away, refusal, setUpOutbox } from './outbox-fixture.js';

const test = suite('store/outbox-laws');

const CLASSES: readonly OutboxClass[] = [
  { name: 'alert', countMax: 6, ageMsMax: 5_000 },
  { name: 'call', countMax: 8, ageMsMax: 1_000 },
  { name: 'minute', countMax: 4, ageMsMax: 2_000 },
];
const TOTAL_MAX = 12;
const BATCH_MAX = 5;
const DAY_MS = 86_400_000;
/** Enough for a store that goes away in the middle of a split. */
const RUNS = { numRuns: 500 };

/** Flaky: away at every third write. */
type Mood = 'up' | 'away' | 'slow' | 'flaky';

type Step =
  | { readonly kind: 'put'; readonly name: string; readonly key: string | undefined; readonly bad: boolean }
  | { readonly kind: 'advance'; readonly ms: number }
  /** How the store answers from now on. */
  | { readonly kind: 'mood'; readonly mood: Mood }
  /** What a slow store answers at last. */
  | { readonly kind: 'answer'; readonly succeeds: boolean };

function stepsWith(key: fc.Arbitrary<string | undefined>): fc.Arbitrary<Step[]> {
  const bad = fc.integer({ min: 0, max: 9 }).map((one) => one === 0);
  const name = fc.constantFrom('alert', 'call', 'minute');
  const mood = fc.constantFrom<Mood>('up', 'away', 'slow', 'flaky');
  const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('put' as const), name, key, bad }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 700 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('mood' as const), mood }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), succeeds: fc.boolean() }) },
  );
  return fc.array(step, { maxLength: 120, size: 'max' });
}

/** An outbox under test, and what was put into it: `class key number`, with `bad` behind what the store refuses. */
class Trial {
  readonly #setting = setUpOutbox({ classes: CLASSES, totalMax: TOTAL_MAX, batchMax: BATCH_MAX });
  readonly #put: string[] = [];
  #mood: Mood = 'up';
  #writes = 0;
  #give: ((failure: Error | undefined) => void) | undefined;

  constructor() {
    this.#setting.store.answer = this.#answer;
  }

  async take(step: Step): Promise<void> {
    const { outbox, time } = this.#setting;
    if (step.kind === 'mood') this.#mood = step.mood;
    else if (step.kind === 'advance') await time.advance(step.ms);
    else if (step.kind === 'put') {
      const item = `${step.name} ${step.key ?? '-'} ${this.#put.length}${step.bad ? ' bad' : ''}`;
      this.#put.push(item);
      outbox.put(step.name, item, step.key);
    } else {
      this.#give?.(step.succeeds ? undefined : away());
      await time.advance(0);
    }
  }

  /** The store is there again, and for long enough. */
  async finish(): Promise<void> {
    await this.take({ kind: 'mood', mood: 'up' });
    await this.take({ kind: 'answer', succeeds: true });
    await this.take({ kind: 'advance', ms: DAY_MS });
  }

  readonly #answer: Answer = async (batch) => {
    if (this.#mood === 'slow') {
      const failure = await new Promise<Error | undefined>((resolve) => {
        this.#give = resolve;
      });
      this.#give = undefined;
      if (failure !== undefined) return failure;
    }
    const isAway = this.#mood === 'away' || (this.#mood === 'flaky' && this.#writes++ % 3 === 2);
    if (isAway) return away();
    return batch.some((item) => item.endsWith('bad')) ? refusal() : undefined;
  };

  get isWriting(): boolean {
    return this.#give !== undefined;
  }

  put(name: string): string[] {
    return this.#put.filter((item) => item.startsWith(name));
  }

  written(name: string): string[] {
    return this.#setting.store.batches.flat().filter((item) => item.startsWith(name));
  }

  dropped(name: string): number {
    const { outbox } = this.#setting;
    return outbox.dropped(name, 'full') + outbox.dropped(name, 'aged') + outbox.dropped(name, 'refused');
  }

  waiting(name: string): number {
    return this.#setting.outbox.waiting(name);
  }

  get timers(): number {
    return this.#setting.time.timers;
  }
}

function holdsItsBounds(trial: Trial): void {
  const room = trial.isWriting ? BATCH_MAX : 0;
  const waiting = CLASSES.map(({ name }) => trial.waiting(name));
  CLASSES.forEach(({ countMax }, i) => {
    assert.ok(waiting[i]! <= countMax + room);
  });
  assert.ok(waiting.reduce((sum, each) => sum + each, 0) <= TOTAL_MAX + room);
}

const numberOf = (item: string): number => Number(item.split(' ')[2]);
const isAscending = (items: readonly string[]): boolean =>
  items.every((item, i) => i === 0 || numberOf(items[i - 1]!) < numberOf(item));

/** Takes all steps, checks after each, and once more in the end. */
async function holds(steps: readonly Step[], check: (trial: Trial) => void): Promise<void> {
  const trial = new Trial();
  for (const step of steps) {
    await trial.take(step);
    holdsItsBounds(trial);
    check(trial);
  }
  await trial.finish();
  check(trial);
  for (const { name } of CLASSES) assert.is(trial.waiting(name), 0);
  assert.is(trial.timers, 0);
}

test('loses nothing uncounted, writes nothing twice, and keeps the order of a class', async () => {
  const check = (trial: Trial): void => {
    for (const { name } of CLASSES) {
      const written = trial.written(name);
      assert.is(written.length + trial.waiting(name) + trial.dropped(name), trial.put(name).length);
      assert.ok(isAscending(written));
    }
  };
  await fc.assert(
    fc.asyncProperty(stepsWith(fc.constant(undefined)), (steps) => holds(steps, check)),
    RUNS,
  );
});

test('writes the versions of a key in their order, and the last of them unless it was dropped', async () => {
  const versionsOf = (items: readonly string[], key: string): string[] =>
    items.filter((item) => item.split(' ')[1] === key);
  const check = (trial: Trial): void => {
    for (const { name } of CLASSES) {
      const [put, written] = [trial.put(name), trial.written(name)];
      assert.ok(written.length + trial.waiting(name) + trial.dropped(name) <= put.length);
      for (const key of ['k1', 'k2']) {
        assert.ok(isAscending(versionsOf(written, key)));
        if (trial.waiting(name) + trial.dropped(name) === 0)
          assert.is(versionsOf(written, key).at(-1), versionsOf(put, key).at(-1));
      }
    }
  };
  const key = fc.constantFrom(undefined, 'k1', 'k2');
  await fc.assert(
    fc.asyncProperty(stepsWith(key), (steps) => holds(steps, check)),
    RUNS,
  );
});

test.run();

/**
 * The sliding window at steady state: 100,000 calls a second of simulated time and a window of 5 s keep 500,000 pairs
 * live. Each observation records the call and asks for both counts of its B-number, as a check does. A plain
 * `Map<string, Map<string, number>>`, as exact, does the same in turns with it.
 */
import { CallerWindow } from '../src/detection/caller-window.js';
import { NumberKeys } from '../src/detection/number-keys.js';
import { SeededRandom } from './random.js';
import { count, judge, printTable } from './report.js';
import { median } from './statistics.js';
import { MapWindow } from './window/map-window.js';

const WINDOW_MS = 5_000;
const CALLS_PER_MS = 100;
const LIVE = WINDOW_MS * CALLS_PER_MS;
const RUNS = 3;
const RUN_CALLS = 500_000;
const GOAL = 1_000_000;
const SEED = 42;
const FIRST_A = 2_348_030_000_000;
const FIRST_B = 2_348_090_000_000;
const CALLERS = 50_000_000;

/** As long as a switch makes them; which call has which makes no difference. */
const CALL_IDS = Array.from(
  { length: 1_024 },
  (_, i) => `${(i * 2_654_435_761).toString(16)}-4f1a@198.51.100.7`,
);

/** Traffic, by how many B-numbers share it. */
const SHAPES = [
  { name: 'everyday traffic: 5,000,000 B', calledNumbers: 5_000_000 },
  { name: 'busy numbers: 200,000 B', calledNumbers: 200_000 },
  { name: 'call centres: 2,000 B', calledNumbers: 2_000 },
  { name: 'one attacked number: 1 B', calledNumbers: 1 },
];

/** What both windows do with one call: record it, then say how many callers and calls B has. */
type Observe = (bKey: number, aKey: number, timeMs: number) => number;

/** A run of calls, drawn beforehand so that drawing them costs the windows nothing. */
interface Calls {
  readonly bKeys: Float64Array;
  readonly aKeys: Float64Array;
}

function drawCalls(calledNumbers: number, calls: number, random: SeededRandom): Calls {
  const draw = (first: number, numbers: number): Float64Array =>
    Float64Array.from({ length: calls }, () => first + random.below(numbers));
  return { bKeys: draw(FIRST_B, calledNumbers), aKeys: draw(FIRST_A, CALLERS) };
}

function exactWindow(capacity: number): CallerWindow {
  return new CallerWindow({ capacity, windowsMs: [WINDOW_MS], keys: new NumberKeys(), seed: SEED });
}

function observeBy(window: CallerWindow): Observe {
  return (bKey, aKey, timeMs) => {
    window.observe(bKey, aKey, 1, timeMs, CALL_IDS[timeMs % CALL_IDS.length]);
    return window.distinct(bKey, timeMs, WINDOW_MS) + window.callCount(bKey, timeMs, WINDOW_MS);
  };
}

/** Observes a run of calls from `startMs` on. Returns the sum of all counts, for comparison. */
function play({ bKeys, aKeys }: Calls, startMs: number, callsPerMs: number, observe: Observe): number {
  let sum = 0;
  for (let i = 0; i < bKeys.length; i++) {
    sum += observe(bKeys[i], aKeys[i], startMs + Math.floor(i / callsPerMs));
  }
  return sum;
}

/** Observations a second. */
function rateOf(calls: Calls, startMs: number, observe: Observe): { rate: number; sum: number } {
  const started = performance.now();
  const sum = play(calls, startMs, CALLS_PER_MS, observe);
  return { rate: (calls.bKeys.length / (performance.now() - started)) * 1_000, sum };
}

interface Measured {
  readonly name: string;
  readonly window: number[];
  readonly map: number[];
}

/** Both windows are filled first; then they take turns with the same calls, and must agree on every count. */
function compare({ name, calledNumbers }: (typeof SHAPES)[number]): Measured {
  const random = new SeededRandom(SEED);
  const observeExact = observeBy(exactWindow(LIVE * 2));
  const map = new MapWindow(WINDOW_MS);
  const observeMap: Observe = (bKey, aKey, timeMs) => map.observe(String(bKey), String(aKey), timeMs);
  const measured: Measured = { name, window: [], map: [] };
  const runMs = RUN_CALLS / CALLS_PER_MS;
  for (let run = 0; run <= RUNS; run++) {
    const calls = drawCalls(calledNumbers, RUN_CALLS, random);
    const exact = rateOf(calls, run * runMs, observeExact);
    const plain = rateOf(calls, run * runMs, observeMap);
    if (exact.sum !== plain.sum) throw new Error(`${name}: the two windows disagree`);
    // The first run fills the windows and warms the code.
    if (run > 0) {
      measured.window.push(exact.rate);
      measured.map.push(plain.rate);
    }
  }
  return measured;
}

/** Memory of the process in bytes, after a collection. */
function memory(): { allocated: number; rss: number } {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { allocated: heapUsed + arrayBuffers, rss };
}

/** Bytes that one live pair takes in each window, everyday traffic. */
function printMemory(): void {
  const calls = drawCalls(SHAPES[0].calledNumbers, LIVE, new SeededRandom(SEED));
  const rows = [
    ['exact window, capacity 500,000', () => observeBy(exactWindow(LIVE))],
    [
      'Map of Maps',
      () => {
        const map = new MapWindow(WINDOW_MS);
        return ((bKey, aKey, timeMs) => map.observe(String(bKey), String(aKey), timeMs)) as Observe;
      },
    ],
  ] as const;
  printTable(
    ['500,000 live pairs', 'MB allocated', 'bytes a pair', 'MB resident'],
    rows.map(([name, create]) => {
      const before = memory();
      const observe = create();
      play(calls, 0, CALLS_PER_MS, observe);
      const after = memory();
      observe(1, 1, WINDOW_MS); // Still in use: it must not have been collected before it was weighed.
      const used = after.allocated - before.allocated;
      const resident = after.rss - before.rss;
      return [name, (used / 1e6).toFixed(0), (used / LIVE).toFixed(0), (resident / 1e6).toFixed(0)];
    }),
  );
}

/** Thirty million live pairs, at six million calls a second of simulated time. */
function printThirtyMillion(): void {
  const pairs = 30_000_000;
  const chunk = 1_000_000;
  const random = new SeededRandom(SEED);
  const window = exactWindow(pairs);
  const observe = observeBy(window);
  const started = performance.now();
  for (let done = 0; done < pairs; done += chunk) {
    const perMs = pairs / (WINDOW_MS - 1);
    play(
      drawCalls(SHAPES[0].calledNumbers, chunk, random),
      Math.floor(done / perMs),
      Math.ceil(perMs),
      observe,
    );
  }
  const seconds = (performance.now() - started) / 1_000;
  const rss = process.memoryUsage.rss();
  console.log(`### ${count(window.livePairs)} live pairs\n`);
  console.log(
    `Filled in ${seconds.toFixed(0)} s, ${count(window.evictions)} evicted; the whole process takes ${(rss / 1e9).toFixed(2)} GB.\n`,
  );
  judge('well under 4 GB', 4e9 / rss, 1, (share) => `${(4 / share).toFixed(2)} GB`);
}

console.log('## Sliding window, 500,000 live pairs\n');
if (process.argv.includes('--thirty-million')) printThirtyMillion();
printMemory();
const results = SHAPES.map(compare);
printTable(
  ['observations/s, median of 3', 'exact window', 'least', 'most', 'Map of Maps', 'ratio'],
  results.map(({ name, window, map }) => [
    name,
    count(median(window)),
    count(Math.min(...window)),
    count(Math.max(...window)),
    count(median(map)),
    `${(median(window) / median(map)).toFixed(1)}x`,
  ]),
);
judge(
  '>= 1,000,000 observations/s on one core for everyday traffic',
  median(results[0].window),
  GOAL,
  (rate) => `${count(rate)}/s`,
);
const slowest = Math.min(...results.map(({ window }) => median(window)));
judge('>= 1,000,000 observations/s for every shape', slowest, GOAL, (rate) => `${count(rate)}/s`);

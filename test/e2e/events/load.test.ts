/** Five hundred listeners while 2,000 calls a second are checked: with them and without, in turns, against one sidecar. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printTable } from '../../../bench/report.js';
import { median } from '../../../bench/statistics.js';
import { LATENCY_BOUNDS_S } from '../../../src/admission/counters.js';
import { eventually, readMetrics } from '../../support/grpc-sidecar.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';
import { type CallFigures, type CallTask, type ListenerFigures, type ListenerTask, Peer } from './peer.js';

const test = suite('e2e/events/load');

const LISTENERS = 500;
/** Many short ones: neighbours on a shared machine spoil some of them. */
const ROUNDS = 10;
const SECONDS = 1.5;
const ATTACK_EVERY_MS = 300;
/** What the listeners may add to the p99 that a client sees, beside as much again as there is without them. */
const ADDED_P99_MS_MAX = 2;
/** A machine whose p99 is worse without them is busy with something else, and cannot tell. */
const BUSY_P99_MS = 10;
/** Of the calls' own work; with this, waiting is bounded on a machine that has nothing else to do. */
const OWN_P99_S_MAX = 0.002_5;
/** Of one processor, for five hundred listeners: what no other process can add to. */
const ADDED_CPU_MAX = 0.25;

interface Phase extends CallFigures {
  /** The bound under which 99 % of the checks were, by the sidecar's own histogram, in seconds. */
  readonly ownP99: number;
  /** Share of one processor that the sidecar has used. */
  readonly cpu: number;
  /** Of the sidecar's event loop, in milliseconds, as prom-client samples it. */
  readonly loopP99: number;
}

let sidecar: SidecarProcess;
let calls: Peer<CallTask, CallFigures>;
let listeners: Peer<ListenerTask, ListenerFigures>;

test.before(async () => {
  sidecar = await startSidecarProcess({ ACM_WINDOW_CAPACITY: '100000' });
  calls = new Peer('calls-process.ts');
  listeners = new Peer('listeners-process.ts');
});

test.after(async () => {
  calls?.stop();
  listeners?.stop();
  await sidecar?.process.kill();
});

async function measure(seconds = SECONDS): Promise<Phase> {
  const before = await readMetrics(sidecar.url);
  const began = performance.now();
  const figures = await calls.ask({ address: sidecar.address, seconds, attackEveryMs: ATTACK_EVERY_MS });
  const tookS = (performance.now() - began) / 1_000;
  const after = await readMetrics(sidecar.url);
  const grown = (name: string): number => after.get(name)! - before.get(name)!;
  const bucket = (le: number | string): number => grown(`acm_detection_latency_seconds_bucket{le="${le}"}`);
  const ownP99 =
    LATENCY_BOUNDS_S.find((bound) => bucket(bound) >= 0.99 * bucket('+Inf')) ?? Number.POSITIVE_INFINITY;
  const cpu = grown('process_cpu_seconds_total') / tookS;
  return { ...figures, ownP99, cpu, loopP99: 1_000 * after.get('nodejs_eventloop_lag_p99_seconds')! };
}

/** One phase with listeners; each must have heard of every attack, and have missed nothing. */
async function measureWithListeners(): Promise<Phase> {
  const url = `${sidecar.url}/acm/events`;
  assert.is((await listeners.ask({ kind: 'open', url, count: LISTENERS })).listening, LISTENERS);
  const phase = await measure();
  await eventually(async () => (await listeners.ask({ kind: 'look' })).alertsLeast === phase.attacks);
  const { listening, gaps, alertsMost } = await listeners.ask({ kind: 'close' });
  assert.equal({ listening, gaps, alertsMost }, { listening: LISTENERS, gaps: 0, alertsMost: phase.attacks });
  await eventually(async () => (await readMetrics(sidecar.url)).get('acm_event_clients') === 0);
  return phase;
}

test(`${LISTENERS} listeners do not slow calls down, and miss nothing`, async () => {
  await measure();
  const [without, withThem]: [Phase[], Phase[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await measure());
    withThem.push(await measureWithListeners());
  }
  print(without, withThem);
  for (const { failed } of [...without, ...withThem]) assert.is(failed, 0);
  checkLatency(
    without.map(({ p99 }) => p99),
    withThem.map(({ p99 }) => p99),
  );
  assert.ok(median(withThem.map(({ ownP99 }) => ownP99)) <= OWN_P99_S_MAX, 'the checks themselves');
  const cpu = (phases: Phase[]): number => median(phases.map((phase) => phase.cpu));
  assert.ok(cpu(withThem) - cpu(without) < ADDED_CPU_MAX, 'processor time');
  const metrics = await readMetrics(sidecar.url);
  for (const cause of ['stalled', 'overtaken'])
    assert.is(metrics.get(`acm_event_clients_dropped_total{cause="${cause}"}`), 0);
});

/** Neighbours spoil medians or single rounds; what slows calls down by itself does so to all of them. */
function checkLatency(without: number[], withThem: number[]): void {
  if (median(without) > BUSY_P99_MS) {
    console.log('The machine is too busy to tell what the listeners add to the latency of a call.');
    return;
  }
  const bearable = (before: number, after: number): boolean => after < 2 * before + ADDED_P99_MS_MAX;
  const inBest = bearable(Math.min(...without), Math.min(...withThem));
  assert.ok(inBest || bearable(median(without), median(withThem)), 'latency');
}

function print(without: Phase[], withThem: Phase[]): void {
  const row = (name: string, read: (phase: Phase) => number, digits = 2): string[] => [
    name,
    ...[without, withThem].flatMap((phases) => {
      const values = phases.map(read);
      return [median(values).toFixed(digits), Math.min(...values).toFixed(digits)];
    }),
  ];
  console.log();
  printTable(
    [`${ROUNDS} rounds of ${SECONDS} s`, 'without: median', 'best', `${LISTENERS} listeners: median`, 'best'],
    [
      row('calls a second', ({ perSecond }) => perSecond, 0),
      row('p50 in ms, client included', ({ p50 }) => p50),
      row('p99 in ms, client included', ({ p99 }) => p99),
      row('p99.9 in ms, client included', ({ p999 }) => p999),
      row('p99 of the check itself in ms, at most', ({ ownP99 }) => 1_000 * ownP99, 3),
      row('p99 of the event loop in ms, sampled', ({ loopP99 }) => loopP99),
      row('share of a processor', ({ cpu }) => cpu),
    ],
  );
}

test.run();

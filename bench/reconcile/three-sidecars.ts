/** Three sidecars that reconcile against three that do not, in turns: A B A B ... */

import { Cluster } from '../../test/e2e/reconcile/cluster.js';
import { startSidecarProcess } from '../../test/support/sidecar-process.js';
import { count, judge, percent, printTable } from '../report.js';
import { median, quantile } from '../statistics.js';
import { type Seat, Stage, type Turn } from './turn.js';

const TURNS = 3;
const SIDECARS = 3;
/** What reconciling may take of a sidecar's processor time. */
const SHARE_MAX = 0.15;
/** As `acm serve` has it by itself. */
export const ENV = { ACM_WINDOW_CAPACITY: '1000000' } as const;

export function seatsOf(cluster: Cluster): Seat[] {
  return cluster.members.map(({ address, process }) => ({ address, pid: process.pid }));
}

export async function measureThree(callsPerSecond: number, seconds: number): Promise<void> {
  const cluster = await Cluster.start({ sidecars: SIDECARS, env: ENV });
  const alone = await Promise.all(Array.from({ length: SIDECARS }, () => startSidecarProcess(ENV)));
  const [on, off] = [
    new Stage(seatsOf(cluster), cluster),
    new Stage(alone.map(({ address, process }) => ({ address, pid: process.pid }))),
  ];
  const turns: { on: Turn[]; off: Turn[] } = { on: [], off: [] };
  try {
    for (let i = 0; i < TURNS; i++) {
      turns.on.push(await on.turn(callsPerSecond, seconds * 1_000));
      turns.off.push(await off.turn(callsPerSecond, seconds * 1_000));
    }
  } finally {
    for (const stage of [on, off]) stage.close();
    await Promise.all(alone.map(({ process }) => process.kill()));
    await cluster.stop();
  }
  print(callsPerSecond, seconds, turns.on, turns.off);
}

function print(callsPerSecond: number, seconds: number, on: readonly Turn[], off: readonly Turn[]): void {
  const lagsMs = on.flatMap(({ lagsMs: lags }) => lags);
  const of = (turns: readonly Turn[], figure: (turn: Turn) => number): number => median(turns.map(figure));
  const cpu = (turns: readonly Turn[]): number => of(turns, (turn) => turn.sidecarsCpu);
  const share = 1 - cpu(off) / cpu(on);
  const perSidecar = (cpu(on) - cpu(off)) / SIDECARS;
  console.log(`### ${SIDECARS} sidecars at ${count(callsPerSecond)} calls/s each\n`);
  printTable(
    [`${TURNS} turns of ${seconds} s each, medians`, 'reconciling', 'alone'],
    [
      ['lag in ms, p50', quantile(lagsMs, 0.5).toFixed(1), '-'],
      [`lag in ms, p99 of ${count(lagsMs.length)}`, quantile(lagsMs, 0.99).toFixed(1), '-'],
      ['bytes of a call to the gateway', of(on, (turn) => turn.bytesUp).toFixed(1), '-'],
      ['bytes of a call from the gateway', of(on, (turn) => turn.bytesDown).toFixed(1), '-'],
      ['CPU of a sidecar, of a core', percent(cpu(on) / SIDECARS), percent(cpu(off) / SIDECARS)],
      ['CPU of the gateway, of a core', percent(of(on, (turn) => turn.gatewayCpu)), '-'],
      ['CPU of PostgreSQL, of a core', percent(of(on, (turn) => turn.postgresCpu)), '-'],
    ],
  );
  console.log(
    `Reconciling takes ${percent(perSidecar)} of a core at each sidecar, ${percent(share)} of its own time.\n`,
  );
  judge(
    `reconciling takes <= ${percent(SHARE_MAX)} of a sidecar's processor time`,
    1 - share,
    1 - SHARE_MAX,
    (rest) => percent(1 - rest),
  );
}

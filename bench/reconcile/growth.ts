/** How lag, bytes and processor time grow with the number of sidecars, each with the same calls. */
import { Cluster } from '../../test/e2e/reconcile/cluster.js';
import { count, percent, printTable } from '../report.js';
import { quantile } from '../statistics.js';
import { ENV, seatsOf } from './three-sidecars.js';
import { Stage, type Turn } from './turn.js';

const SIZES = [2, 4, 8, 16];

export async function measureGrowth(callsPerSecond: number, seconds: number): Promise<void> {
  const rows: string[][] = [];
  for (const sidecars of SIZES) rows.push(rowOf(sidecars, await measure(sidecars, callsPerSecond, seconds)));
  console.log(`### From ${SIZES[0]} to ${SIZES.at(-1)} sidecars at ${count(callsPerSecond)} calls/s each\n`);
  printTable(
    [
      ...['sidecars', 'lag p50 ms', 'lag p99 ms', 'bytes/call up', 'bytes/call down'],
      ...['CPU each', 'CPU gateway', 'CPU PostgreSQL'],
    ],
    rows,
  );
}

async function measure(sidecars: number, callsPerSecond: number, seconds: number): Promise<Turn> {
  const cluster = await Cluster.start({ sidecars, env: ENV });
  const stage = new Stage(seatsOf(cluster), cluster);
  try {
    return await stage.turn(callsPerSecond, seconds * 1_000);
  } finally {
    stage.close();
    await cluster.stop();
  }
}

function rowOf(sidecars: number, turn: Turn): string[] {
  return [
    String(sidecars),
    quantile(turn.lagsMs, 0.5).toFixed(1),
    quantile(turn.lagsMs, 0.99).toFixed(1),
    turn.bytesUp.toFixed(1),
    turn.bytesDown.toFixed(1),
    percent(turn.sidecarsCpu / sidecars),
    percent(turn.gatewayCpu),
    percent(turn.postgresCpu),
  ];
}

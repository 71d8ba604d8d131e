/** What a grpc-js client sees of the real service, every call new. */
import { count, printTable } from '../report.js';
import { median } from '../statistics.js';
import type { ClientFigures } from './client-process.js';
import { CLIENT_CORE, PeerProcess, SERVER_CORE } from './peer-process.js';

const RUNS = 3;

export async function measureClient(): Promise<void> {
  const figures: ClientFigures[] = [];
  for (let run = 0; run < RUNS; run++) figures.push(await measureOnce());
  const medianOf = (pick: (figure: ClientFigures) => number): number => median(figures.map(pick));
  console.log('### A grpc-js client in a process of its own, every call new\n');
  printTable(
    [`median of ${RUNS} runs`, ''],
    [
      ['CheckCalls, 100 calls a message: calls/s', count(medianOf((each) => each.bulkCallsPerSecond))],
      ...['p50', 'p99', 'p99.9'].map((name, i) => [
        `CheckCall at 2,000 calls/s: ${name} in ms`,
        medianOf((each) => each.latencyMs[i]).toFixed(2),
      ]),
    ],
  );
}

async function measureOnce(): Promise<ClientFigures> {
  const sidecar = await PeerProcess.start<number>('sidecar-server.ts', SERVER_CORE, null);
  try {
    const client = await PeerProcess.start<ClientFigures>('client-process.ts', CLIENT_CORE, sidecar.ready);
    await client.stop();
    return client.ready;
  } finally {
    await sidecar.stop();
  }
}

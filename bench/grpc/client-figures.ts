/** What a grpc-js client sees, every call new: of the real service, and of an empty one at the same rate as control. */
import { count, printTable } from '../report.js';
import { median } from '../statistics.js';
import type { ClientFigures, ClientTask } from './client-process.js';
import { CLIENT_CORE, PeerProcess, SERVER_CORE } from './peer-process.js';
import { CONSTANT_RESPONSE } from './throughput.js';

const RUNS = 3;

export async function measureClient(): Promise<void> {
  const [sidecar, empty]: [ClientFigures[], ClientFigures[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    sidecar.push(await measureOnce('sidecar-server.ts', true));
    empty.push(await measureOnce('empty-server.ts', false));
  }
  const latency = (figures: ClientFigures[], i: number): string =>
    median(figures.map(({ latencyMs }) => latencyMs[i])).toFixed(2);
  console.log('### A grpc-js client in a process of its own, every call new\n');
  printTable(
    [`CheckCall at 2,000 calls/s, median of ${RUNS} runs`, 'sidecar', 'empty server'],
    ['p50', 'p99', 'p99.9'].map((name, i) => [
      `${name} in ms, client and machine included`,
      latency(sidecar, i),
      latency(empty, i),
    ]),
  );
  const bulk = median(sidecar.map(({ bulkCallsPerSecond }) => bulkCallsPerSecond));
  console.log(`CheckCalls, 100 calls a message, one stream: ${count(bulk)} calls/s.\n`);
}

async function measureOnce(script: string, bulk: boolean): Promise<ClientFigures> {
  const server = await PeerProcess.start<number>(script, SERVER_CORE, CONSTANT_RESPONSE);
  try {
    const task: ClientTask = { port: server.ready, bulk };
    const client = await PeerProcess.start<ClientFigures>('client-process.ts', CLIENT_CORE, task);
    await client.stop();
    return client.ready;
  } finally {
    await server.stop();
  }
}

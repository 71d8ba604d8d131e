/** A grpc-js client in its own process: calls in bulk over CheckCalls, and the latency of CheckCall at a modest rate. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelCredentials } from '@grpc/grpc-js';
import { type CheckCallsResponse, DetectionServiceClient } from '../../src/gen/acm/v1/detection.js';
import { quantile } from '../statistics.js';
import { argumentOf, reportReady } from './peer-process.js';
import { Traffic } from './traffic.js';

const CALLS_PER_MESSAGE = 100;
const MESSAGES_WARM_UP = 500;
const MESSAGES = 2_000;
/** Messages sent before their answers have come. */
const MESSAGES_AHEAD = 20;
const LATENCY_CALLS_PER_MS = 2;
const LATENCY_WARM_UP_CALLS = 2_000;
const LATENCY_CALLS = 6_000;

/** What the client is told. */
export interface ClientTask {
  readonly port: number;
  /** Whether to measure CheckCalls too, which an empty server does not have. */
  readonly bulk: boolean;
}

export interface ClientFigures {
  readonly bulkCallsPerSecond: number;
  /** Of single calls, in milliseconds: p50, p99 and p99.9. */
  readonly latencyMs: readonly number[];
}

/** Sends messages of new calls, MESSAGES_AHEAD at a time. */
async function measureBulk(client: DetectionServiceClient, traffic: Traffic): Promise<number> {
  const batches = Array.from({ length: MESSAGES_WARM_UP + MESSAGES }, () => ({
    calls: Array.from({ length: CALLS_PER_MESSAGE }, () => traffic.next()),
  }));
  const stream = client.checkCalls();
  let sent = 0;
  let started = 0;
  const send = (): void => {
    if (sent < batches.length) stream.write(batches[sent++]);
  };
  let answered = 0;
  stream.on('data', ({ results }: CheckCallsResponse) => {
    if (results.some(({ outcome }) => outcome?.$case !== 'response'))
      throw new Error('a call has no verdict');
    if (++answered === MESSAGES_WARM_UP) started = performance.now();
    if (answered === batches.length) stream.end();
    send();
  });
  for (let i = 0; i < MESSAGES_AHEAD; i++) send();
  await once(stream, 'end');
  return ((MESSAGES * CALLS_PER_MESSAGE) / (performance.now() - started)) * 1_000;
}

/** Sends single calls at a steady rate, whether or not the earlier ones are answered. */
async function measureLatency(client: DetectionServiceClient, traffic: Traffic): Promise<number[]> {
  const times: number[] = [];
  const answers: Promise<void>[] = [];
  const total = LATENCY_WARM_UP_CALLS + LATENCY_CALLS;
  const started = performance.now();
  while (answers.length < total) {
    const due = Math.min(total, Math.floor((performance.now() - started) * LATENCY_CALLS_PER_MS));
    while (answers.length < due) {
      const kept = answers.length >= LATENCY_WARM_UP_CALLS;
      answers.push(timeOne(client, traffic).then((ms) => void (kept && times.push(ms))));
    }
    await sleep(1);
  }
  await Promise.all(answers);
  return [0.5, 0.99, 0.999].map((q) => quantile(times, q));
}

function timeOne(client: DetectionServiceClient, traffic: Traffic): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    client.checkCall(traffic.next(), (error) =>
      error === null ? resolve(performance.now() - started) : reject(error),
    );
  });
}

const { port, bulk } = argumentOf<ClientTask>();
const client = new DetectionServiceClient(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
const traffic = new Traffic();
const latencyMs = await measureLatency(client, traffic);
const bulkCallsPerSecond = bulk ? await measureBulk(client, traffic) : 0;
client.close();
reportReady({ bulkCallsPerSecond, latencyMs } satisfies ClientFigures);

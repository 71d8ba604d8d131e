/** A steady rate of new calls on a sidecar, over CheckCalls, whether or not earlier ones are answered. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelCredentials } from '@grpc/grpc-js';
import { type CheckCallsResponse, DetectionServiceClient } from '../../src/gen/acm/v1/detection.js';
import { Traffic } from '../grpc/traffic.js';

/** Between two messages; a switch that sends in bulk gathers calls for about as long. */
const APART_MS = 10;

export class Load {
  readonly #client: DetectionServiceClient;
  readonly #traffic: Traffic;
  answered = 0;

  constructor(address: string, seed: number) {
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    this.#client = new DetectionServiceClient(address, ChannelCredentials.createInsecure(), options);
    this.#traffic = new Traffic(seed);
  }

  /** @throws Error if a call had no verdict. */
  async run(callsPerSecond: number, ms: number): Promise<void> {
    const stream = this.#client.checkCalls();
    let failure: Error | undefined;
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('data', ({ results }: CheckCallsResponse) => {
      for (const { outcome } of results) if (outcome?.$case === 'response') this.answered++;
    });
    const ended = once(stream, 'end');
    const before = this.answered;
    const total = Math.floor((callsPerSecond * ms) / 1_000);
    const began = performance.now();
    for (let sent = 0; sent < total && failure === undefined; await sleep(APART_MS)) {
      const due = Math.min(total, Math.floor(((performance.now() - began) * callsPerSecond) / 1_000));
      if (due > sent) stream.write({ calls: Array.from({ length: due - sent }, () => this.#traffic.next()) });
      sent = due;
    }
    stream.end();
    await ended;
    if (failure !== undefined) throw failure;
    const verdicts = this.answered - before;
    if (verdicts !== total) throw new Error(`${total} calls, ${verdicts} verdicts`);
  }

  close(): void {
    this.#client.close();
  }
}

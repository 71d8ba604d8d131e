/** How soon a sidecar is reconciled when LumaDB is back, on a clock that only the test moves. */
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_OBSERVATIONS } from '../../src/detection/observations.js';
import { WindowNews } from '../../src/gen/acm/v1/window.js';
import type { QueryResponse } from '../../src/gen/luma/v1/luma.js';
import type { Luma } from '../../src/reconcile/luma-client.js';
import { failureOf } from '../../src/reconcile/luma-failure.js';
import { NEWS_TYPE, PUBLISH } from '../../src/reconcile/luma-statements.js';
import { WindowExchange } from '../../src/reconcile/window-exchange.js';
import { ManualTime } from '../store/manual-time.js';

const test = suite('reconcile/reconnection');

const INTERVAL_MS = 50;
const DEADLINE_MS = 1_000;

type Condition = 'there' | 'refusing' | 'frozen';

/** LumaDB as a client sees it: it answers, refuses connections, or says nothing until the deadline. */
class SwitchedLuma implements Luma {
  condition: Condition = 'there';
  #last = '';

  constructor(private readonly time: ManualTime) {}

  async execute(query: string, payload: Buffer, deadlineMs = DEADLINE_MS): Promise<QueryResponse> {
    if (this.condition === 'refusing') throw failureOf({ code: status.UNAVAILABLE, details: 'ECONNREFUSED' });
    if (this.condition === 'frozen') {
      await sleeping(this.time)(deadlineMs);
      throw failureOf({ code: status.DEADLINE_EXCEEDED, details: '' });
    }
    if (query !== PUBLISH) return answerOf([{ delta: this.#last }]);
    this.#last = payload.toString('base64');
    return answerOf([
      { sequence: 1, stored_at_ms: Math.floor(this.time.now()) + 1_800_000_000_000, epoch: 'e' },
    ]);
  }

  follow(): ReturnType<Luma['follow']> {
    const cancelled = Promise.withResolvers<void>();
    const news = Buffer.from(WindowNews.encode({ epoch: 'e', deltas: [], caughtUp: true }).finish());
    async function* answers(): AsyncIterable<QueryResponse> {
      yield { ...answerOf([]), result: news, contentType: NEWS_TYPE };
      await cancelled.promise;
      throw failureOf({ code: status.CANCELLED, details: '' });
    }
    return { answers: answers(), cancel: () => cancelled.resolve() };
  }

  renew(): void {}

  close(): void {}
}

function answerOf(rows: readonly object[]): QueryResponse {
  const result = Buffer.from(JSON.stringify(rows));
  return { success: true, error: '', result, rowsAffected: rows.length, contentType: 'application/json' };
}

const sleeping = (time: ManualTime) => (ms: number) =>
  new Promise<void>((resolve) => void time.schedule(resolve, ms));

function connected() {
  const time = new ManualTime();
  const luma = new SwitchedLuma(time);
  const silent = (): void => undefined;
  const exchange = new WindowExchange({
    luma,
    self: { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'one' },
    source: {
      collect: () => ({
        news: { observations: NO_OBSERVATIONS, blocks: [], incidents: [], rulesRevision: 0 },
        more: false,
      }),
      published: silent,
      rewind: silent,
    },
    sink: { hear: silent, alive: silent, signedOff: silent },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    intervalMs: INTERVAL_MS,
    windowMs: () => 5_000,
    now: time.now,
    sleep: sleeping(time),
    yieldTurn: async () => undefined,
    random: () => 1,
  });
  exchange.start();
  return { time, luma, exchange };
}

/** Milliseconds from LumaDB's return until the sidecar is reconciled. */
async function backAfter(condition: Condition, awayMs: number): Promise<number> {
  const { time, luma, exchange } = connected();
  await time.advance(INTERVAL_MS);
  assert.is(exchange.state, 'reconciled');
  luma.condition = condition;
  await time.advance(awayMs);
  assert.is(exchange.state, 'away', `${condition} for ${awayMs} ms`);
  luma.condition = 'there';
  let tookMs = 0;
  for (; exchange.state !== 'reconciled' && tookMs < 5_000; tookMs++) await time.advance(1);
  await exchange.stop(0);
  return tookMs;
}

test('is back within a second of a LumaDB that was not there, however long it was away', async () => {
  for (const awayMs of [300, 1_111, 10_000, 60_123])
    assert.ok((await backAfter('refusing', awayMs)) <= 1_000, `${awayMs} ms`);
});

test('is back within a second of a LumaDB that was frozen', async () => {
  for (const awayMs of [4_500, 10_050, 30_777])
    assert.ok((await backAfter('frozen', awayMs)) <= 1_000, `${awayMs} ms`);
});

test.run();

import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type StoredDelta, WindowNews } from '../../src/gen/acm/v1/window.js';
import type { QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { DeltaFollower } from '../../src/reconcile/delta-follower.js';
import { LinkSession } from '../../src/reconcile/link-session.js';
import type { LumaStream } from '../../src/reconcile/luma-client.js';
import { failureOf } from '../../src/reconcile/luma-failure.js';
import { type FollowRequest, NEWS_TYPE } from '../../src/reconcile/luma-statements.js';
import { noFigures } from '../../src/reconcile/reconcile-figures.js';
import { StoreClock } from '../../src/reconcile/store-clock.js';

const follower = suite('reconcile/delta-follower');

const NOW_MS = 10_000;
const STORE_NOW_MS = 1_800_000_010_000;
const WINDOW_MS = 5_000;
/** The window and ten seconds before now. */
const BEGINNING_MS = STORE_NOW_MS - WINDOW_MS - 10_000;
const OWN_ID = '01234567-89ab-cdef-0123-456789abcdef';

type Step = QueryResponse | (() => void);

const failure = (code: status) => () => {
  throw failureOf({ code, details: '' });
};
const rowsAnswer = (rows: readonly object[]): QueryResponse => ({
  success: true,
  error: '',
  result: Buffer.from(JSON.stringify(rows)),
  rowsAffected: rows.length,
  contentType: 'application/json',
});

function news(storedAtMs: readonly number[], caughtUp: boolean, epoch = 'one'): QueryResponse {
  const deltas: StoredDelta[] = storedAtMs.map((ms, i) => ({
    sequence: i,
    storedAtMs: ms,
    delta: Buffer.alloc(1),
  }));
  const message = { epoch, deltas, caughtUp };
  return {
    ...rowsAnswer([]),
    result: Buffer.from(WindowNews.encode(message).finish()),
    contentType: NEWS_TYPE,
  };
}

/** Plays one stream after the other, and answers to polls; the session ends when all have been played. */
function play(streams: readonly (readonly Step[])[], polls: readonly QueryResponse[] = []) {
  const session = new LinkSession();
  const requests: FollowRequest[] = [];
  const polled: unknown[][] = [];
  const heard: string[] = [];
  const backlog: boolean[] = [];
  const clock = new StoreClock();
  clock.learn(NOW_MS, NOW_MS, STORE_NOW_MS);
  const follow = (request: FollowRequest): LumaStream => {
    requests.push(request);
    const steps = streams[requests.length - 1];
    let cancelled = false;
    async function* answers(): AsyncIterable<QueryResponse> {
      for (const step of steps) {
        if (cancelled) failure(status.CANCELLED)();
        if (typeof step === 'function') step();
        else yield step;
      }
    }
    return {
      answers: answers(),
      cancel: () => {
        cancelled = true;
      },
    };
  };
  const one: DeltaFollower = new DeltaFollower({
    luma: {
      follow,
      execute: async (_query, payload) => {
        polled.push(JSON.parse(payload.toString()));
        if (polled.length === polls.length) session.end();
        return polls[polled.length - 1];
      },
      renew: () => undefined,
      close: () => undefined,
    },
    intake: {
      take: async (deltas, isBacklog) => {
        for (const _ of deltas) backlog.push(isBacklog);
      },
    },
    clock,
    ownId: OWN_ID,
    figures: noFigures(),
    intervalMs: 50,
    windowMs: () => WINDOW_MS,
    listener: {
      caughtUp: () => void heard.push('caught up'),
      fellBehind: (reason) => void heard.push(reason),
    },
    now: () => NOW_MS,
    sleep: async () => {
      if (polls.length === 0 && requests.length === streams.length) session.end();
    },
    random: () => 0.5,
  });
  return { one, session, requests, polled, heard, backlog };
}

const since = (requests: readonly FollowRequest[]): number[] => requests.map(({ since_ms }) => since_ms);

follower('asks for the window and what may matter before it, but not for its own', async () => {
  const { one, session, requests, heard, backlog } = play([
    [news([STORE_NOW_MS], true), news([STORE_NOW_MS], false)],
  ]);
  await one.run(session);
  assert.equal(requests, [{ since_ms: BEGINNING_MS, except: OWN_ID }]);
  assert.equal(heard[0], 'caught up');
  assert.equal(backlog, [true, false]);
});

follower('goes on two seconds before the newest that it has read, once it has read everything', async () => {
  const newest = STORE_NOW_MS - 100;
  const { one, session, requests, backlog } = play([
    [news([newest, newest - 50], false), news([], true), failure(status.UNAVAILABLE)],
    [news([newest - 1_000], false)],
  ]);
  await one.run(session);
  assert.equal(since(requests), [BEGINNING_MS, newest - 2_000]);
  assert.equal(backlog, [true, true, false], 'what came during a loss is no backlog');
});

follower('begins anew when it had not read everything, since rows come in any order', async () => {
  const { one, session, requests } = play([
    [news([STORE_NOW_MS], false), failure(status.UNAVAILABLE)],
    [news([], true)],
  ]);
  await one.run(session);
  assert.equal(since(requests), [BEGINNING_MS, BEGINNING_MS]);
});

follower('begins anew when the store has lost what it had', async () => {
  const { one, session, requests, heard } = play([
    [news([STORE_NOW_MS], true), news([STORE_NOW_MS], false, 'two'), news([], false, 'two')],
    [news([], true, 'two')],
  ]);
  await one.run(session);
  assert.equal(since(requests), [BEGINNING_MS, BEGINNING_MS]);
  assert.match(heard[1], /lost what it held/);
});

follower('begins anew when it is told to', async () => {
  const streams: Step[][] = [
    [news([STORE_NOW_MS], true), () => started.one.startAnew(), news([], false)],
    [news([], true)],
  ];
  const started = play(streams);
  await started.one.run(started.session);
  assert.equal(since(started.requests), [BEGINNING_MS, BEGINNING_MS]);
});

follower('opens a stream whose time is over without ado, and says so of others', async () => {
  const { one, session, heard } = play([
    [news([], true), failure(status.DEADLINE_EXCEEDED)],
    [news([], true), failure(status.RESOURCE_EXHAUSTED)],
    [news([], true)],
  ]);
  await one.run(session);
  assert.equal(heard.slice(0, 2), ['caught up', 'caught up']);
  assert.match(heard[2], /LumaDB/);
});

follower('takes nothing for news that is something else', async () => {
  const strange = { ...news([], true), contentType: 'application/json' };
  const broken = { ...news([], true), result: Buffer.from([0xff, 0xff]) };
  const { one, session, heard } = play([[strange], [broken]]);
  await one.run(session);
  assert.is(heard.length, 2);
  for (const reason of heard) assert.match(reason, /something else than news/);
});

const rowAt = (sequence: number, bytes = 10): object => ({
  sequence: String(sequence),
  stored_at_ms: STORE_NOW_MS,
  epoch: 'one',
  delta: Buffer.alloc(bytes).toString('base64'),
});

follower('polls where there is no stream, and asks again for what is missing', async () => {
  const { one, session, polled, heard } = play(
    [[failure(status.UNIMPLEMENTED)]],
    [rowsAnswer([rowAt(1), rowAt(3)]), rowsAnswer([rowAt(2)]), rowsAnswer([])],
  );
  await one.run(session);
  assert.equal(polled, [
    [0, [], BEGINNING_MS],
    [3, [2], BEGINNING_MS],
    [3, [], BEGINNING_MS],
  ]);
  assert.equal(new Set(heard), new Set(['caught up']));
});

follower('has not caught up by a page that is full of rows, or of bytes', async () => {
  const full = Array.from({ length: 500 }, (_, i) => rowAt(i + 1));
  const { one, session, heard } = play(
    [[failure(status.UNIMPLEMENTED)]],
    [
      rowsAnswer(full),
      rowsAnswer([rowAt(501, 600_000), rowAt(502, 600_000)]),
      rowsAnswer([]),
      rowsAnswer([]),
    ],
  );
  await one.run(session);
  assert.equal(heard, ['caught up'], 'by the third page; the session ends with the fourth');
});

follower('does not take any rows for its own', async () => {
  const { one, session, heard } = play(
    [[failure(status.UNIMPLEMENTED)]],
    [rowsAnswer([{ _id: 'x' }]), rowsAnswer([]), rowsAnswer([])],
  );
  await one.run(session);
  assert.match(heard[0], /rows that were not asked for/);
  assert.is(heard[1], 'caught up');
});

follower.run();

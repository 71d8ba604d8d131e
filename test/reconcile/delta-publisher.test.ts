import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NewsSource, SidecarNews } from '../../src/admission/exchange-ports.js';
import { NO_OBSERVATIONS } from '../../src/detection/observations.js';
import { WindowDelta } from '../../src/gen/acm/v1/window.js';
import type { QueryResponse } from '../../src/gen/luma/v1/luma.js';
import { DELTA_BYTES_MAX, DeltaCodec } from '../../src/reconcile/delta-codec.js';
import { DeltaPublisher } from '../../src/reconcile/delta-publisher.js';
import { LinkSession } from '../../src/reconcile/link-session.js';
import { failureOf, LumaFailure } from '../../src/reconcile/luma-failure.js';
import { noFigures } from '../../src/reconcile/reconcile-figures.js';

const publisher = suite('reconcile/delta-publisher');

const SELF = { id: '01234567-89ab-cdef-0123-456789abcdef', name: 'one' };
const INTERVAL_MS = 50;
const STORED: QueryResponse = {
  success: true,
  error: '',
  result: Buffer.from('[{"sequence":"1","stored_at_ms":"5","epoch":"e"}]'),
  rowsAffected: 1,
  contentType: 'application/json',
};
const late = (): Promise<never> => Promise.reject(failureOf({ code: status.DEADLINE_EXCEEDED, details: '' }));
const away = (): Promise<never> => Promise.reject(failureOf({ code: status.UNAVAILABLE, details: 'gone' }));
const stored = (): Promise<QueryResponse> => Promise.resolve(STORED);

function newsOf(calls: number): SidecarNews {
  const named = Array.from({ length: calls }, (_, i) => ({ bNumber: 'b', aNumber: `a${i}`, timeMs: 0 }));
  return { observations: { ...NO_OBSERVATIONS, named }, blocks: [], incidents: [], rulesRevision: 0 };
}

/** Plays answers one after the other on a clock that only sleeping and answers move; the session ends with the last. */
function play(answers: readonly (() => Promise<QueryResponse>)[], source: Partial<NewsSource> = {}) {
  let nowMs = 1_000;
  const session = new LinkSession();
  const deltas: WindowDelta[] = [];
  const pauses: number[] = [];
  const log: string[] = [];
  const figures = noFigures();
  const one = new DeltaPublisher({
    luma: {
      execute: async (_query, payload, deadlineMs = 1_000) => {
        deltas.push(WindowDelta.decode(payload));
        const answer = answers[deltas.length - 1] ?? stored;
        if (deltas.length >= answers.length) session.end();
        nowMs += answer === late ? deadlineMs : 4;
        return answer();
      },
      follow: () => assert.unreachable() as never,
      renew: () => undefined,
      close: () => undefined,
    },
    codec: new DeltaCodec({ clock: { offsetMs: 0 } }),
    source: {
      collect: () => ({ news: newsOf(0), more: false }),
      published: () => undefined,
      rewind: () => undefined,
      ...source,
    },
    self: SELF,
    figures,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (_f, m) => log.push(m),
    },
    intervalMs: INTERVAL_MS,
    onStored: () => undefined,
    now: () => nowMs,
    sleep: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
    random: () => 0.999,
  });
  return { one, session, deltas, pauses, figures, log };
}

async function failureIn(run: Promise<void>): Promise<unknown> {
  try {
    await run;
  } catch (error) {
    return error;
  }
  return undefined;
}

publisher('publishes once in each interval, whatever publishing itself takes', async () => {
  const { one, session, deltas, pauses, figures } = play([stored, stored, stored]);
  await one.run(session);
  assert.equal(pauses, [46, 46]);
  assert.equal(
    deltas.map(({ number }) => number),
    [1, 2, 3],
  );
  assert.is(figures.published, 3);
});

publisher('goes on at once when there is more', async () => {
  let left = 3;
  const source = { collect: () => ({ news: newsOf(1), more: --left > 0 }) };
  const { one, session, pauses } = play([stored, stored, stored, stored], source);
  await one.run(session);
  assert.equal(pauses, [0, 0, 46]);
});

publisher(
  'collects again what was not answered in time, and says only then that it is published',
  async () => {
    let published = 0;
    const source = { collect: () => ({ news: newsOf(2), more: false }), published: () => void published++ };
    const { one, session, deltas, figures, pauses } = play([late, stored], source);
    await one.run(session);
    assert.equal(
      deltas.map(({ number, namedObservations }) => [number, namedObservations.length]),
      [
        [1, 2],
        [2, 2],
      ],
    );
    assert.is(published, 1);
    assert.is(figures.publishFailures, 1);
    assert.is(figures.observationsSent, 2);
    assert.ok(pauses[0] > 0 && pauses[0] <= 50, `a pause of ${pauses[0]} ms`);
  },
);

publisher('gives up a connection over which nothing is stored for two seconds', async () => {
  const { one, session, deltas } = play([late, late, late, late, late, late]);
  const failure = await failureIn(one.run(session));
  assert.instance(failure, LumaFailure);
  assert.ok(deltas.length <= 3, `after ${deltas.length} attempts`);
});

publisher('gives up a connection that is lost at once', async () => {
  const { one, session, deltas } = play([stored, away, stored]);
  assert.instance(await failureIn(one.run(session)), LumaFailure);
  assert.is(deltas.length, 2);
});

publisher('takes success without a row for what it is', async () => {
  const { one, session } = play([async () => ({ ...STORED, result: Buffer.from('[]') }), stored]);
  assert.match(String(await failureIn(one.run(session))), /acknowledges and does not store/);
});

publisher('collects fewer calls when they make too long a delta', async () => {
  const asked: number[] = [];
  const long = 'x'.repeat(200);
  const source = {
    collect: (callsMax: number) => {
      asked.push(callsMax);
      const { observations, ...rest } = newsOf(callsMax);
      const named = observations.named.map((call) => ({ ...call, bNumber: long }));
      return { news: { ...rest, observations: { ...observations, named } }, more: false };
    },
  };
  const { one, session, deltas } = play([stored], source);
  await one.run(session);
  assert.equal(asked, [8_000, 2_000]);
  assert.is(deltas[0].namedObservations.length, 2_000);
});

publisher('leaves out, loudly, what never fits', async () => {
  let isHopeless = true;
  const source = {
    collect: () => ({ news: isHopeless ? hopeless() : newsOf(0), more: false }),
    published: () => {
      isHopeless = false;
    },
  };
  const { one, session, deltas, log } = play([stored], source);
  await one.run(session);
  assert.is(deltas.length, 1);
  assert.is(log.length, 1);
});

publisher('signs off with what is new', async () => {
  const { one, deltas } = play([stored], { collect: () => ({ news: newsOf(1), more: false }) });
  await one.signOff(250);
  assert.is(deltas.length, 1);
  assert.ok(deltas[0].signingOff);
  assert.is(deltas[0].namedObservations.length, 1);
});

publisher('does not mind when nobody takes its signing off', async () => {
  const { one, figures } = play([late]);
  await one.signOff(250);
  assert.is(figures.publishFailures, 1);
});

function hopeless(): SidecarNews {
  const blocks = [{ aNumber: 'x'.repeat(DELTA_BYTES_MAX), bNumber: 'b', expiresMs: 0 }];
  return { ...newsOf(0), blocks };
}

publisher.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SidecarNews } from '../../src/admission/exchange-ports.js';
import { DeltaCodec, packProbe } from '../../src/reconcile/delta-codec.js';
import { DeltaIntake } from '../../src/reconcile/delta-intake.js';
import { noFigures } from '../../src/reconcile/reconcile-figures.js';

const intake = suite('reconcile/delta-intake');

const OWN = { id: '11111111-1111-1111-1111-111111111111', name: 'own' };
const PEER = { id: '22222222-2222-2222-2222-222222222222', name: 'peer' };
const BLOCK = { aNumber: '2348001', bNumber: '2348002', expiresMs: 90_000 };
const NOW_MS = 50_000;
const OFFSET_MS = 1_800_000_000_000;
const codec = new DeltaCodec({ clock: { offsetMs: OFFSET_MS } });

interface Heard {
  readonly number: number;
  readonly news: SidecarNews;
  readonly isBacklog: boolean;
}

function setUp(hear: () => void = () => undefined) {
  const heard: Heard[] = [];
  const events: string[] = [];
  const logged: string[] = [];
  const figures = noFigures();
  let nowMs = NOW_MS + 30;
  const log = (_fields: object, message: string): void => void logged.push(message);
  const one = new DeltaIntake({
    codec,
    clock: { toStore: (ms) => ms + OFFSET_MS },
    ownId: OWN.id,
    sink: {
      hear: (_peer, number, news, isBacklog) => {
        heard.push({ number, news, isBacklog });
        events.push('hear');
        nowMs += 1;
        hear();
      },
      alive: (_peer, timeMs) => void events.push(`alive at ${timeMs}`),
      signedOff: () => void events.push('signed off'),
    },
    figures,
    log: { debug: log, info: log, warn: log, error: log },
    now: () => nowMs,
    yieldTurn: async () => void events.push('turn'),
  });
  return { one, heard, events, logged, figures };
}

function stored(calls: number, signingOff = false, peer = PEER) {
  const observations = {
    count: calls,
    bKeys: new Float64Array(calls).fill(2_348_031),
    aKeys: Float64Array.from({ length: calls }, (_, i) => 1_000_000 + i),
    timesMs: new Float64Array(calls).fill(NOW_MS),
    named: [{ bNumber: 'b', aNumber: 'a', timeMs: NOW_MS }],
  };
  const news = { observations, blocks: [BLOCK], incidents: [], rulesRevision: 4 };
  const delta = codec.pack({ peer, number: 9, signingOff }, news, NOW_MS);
  return { delta, storedAtMs: OFFSET_MS + NOW_MS + 3 };
}

intake('hands on what a delta says, and that its sender was alive', async () => {
  const { one, heard, events, figures } = setUp();
  await one.take([stored(2)], false);
  assert.equal(events.slice(0, 2), [`alive at ${NOW_MS}`, 'hear']);
  assert.is(heard[0].news.observations.count, 2);
  assert.equal(heard[0].news.blocks, [BLOCK]);
  assert.is(figures.received, 1);
  assert.is(figures.observationsReceived, 3);
  assert.is(
    figures.lagCounts.reduce((sum, count) => sum + count),
    1,
  );
  assert.is(figures.lagSumMs, 30);
});

intake('counts no lag of what is backlog', async () => {
  const { one, heard, figures } = setUp();
  await one.take([stored(1)], true);
  assert.ok(heard[0].isBacklog);
  assert.is(figures.lagSumMs, 0);
});

intake('leaves out what is its own, and probes', async () => {
  const { one, events, figures } = setUp();
  const probe = { delta: packProbe(PEER, Buffer.alloc(32)), storedAtMs: 0 };
  await one.take([stored(1, false, OWN), probe], false);
  assert.equal(events, []);
  assert.is(figures.received, 0);
});

intake('hands on many calls in slices, with turns in between, and what else there is once', async () => {
  const { one, heard, events } = setUp();
  await one.take([stored(5_000)], false);
  assert.equal(
    heard.map(({ news }) => news.observations.count),
    [2_000, 2_000, 1_000],
  );
  assert.equal(
    heard.map(({ news }) => news.observations.named.length),
    [1, 0, 0],
  );
  assert.equal(
    heard.map(({ news }) => news.blocks.length),
    [1, 0, 0],
  );
  assert.equal(
    heard.map(({ number }) => number),
    [9, 9, 9],
  );
  const keys = heard.flatMap(({ news }) => [...news.observations.aKeys]);
  assert.is(new Set(keys).size, 5_000);
  assert.equal(events.slice(1), ['hear', 'turn', 'hear', 'turn', 'hear', 'turn']);
});

intake('says last that somebody has signed off', async () => {
  const { one, events } = setUp();
  await one.take([stored(1, true)], false);
  assert.equal(
    events.filter((event) => event !== 'turn'),
    ['hear', 'signed off'],
  );
});

intake('counts what cannot be read, says so once, and goes on', async () => {
  const { one, heard, figures, logged } = setUp();
  const rubbish = { delta: Buffer.from('rubbish'), storedAtMs: 0 };
  await one.take([rubbish, stored(1), rubbish], false);
  assert.is(figures.dropped.malformed, 2);
  assert.is(heard.length, 1);
  assert.is(logged.length, 1);
});

intake('leaves out what was stored long before it was sent, or long after', async () => {
  const { one, heard, figures } = setUp();
  const delta = stored(1);
  await one.take([{ ...delta, storedAtMs: delta.storedAtMs - 2_000 }], false);
  await one.take([{ ...delta, storedAtMs: delta.storedAtMs + 60_000 }], false);
  assert.is(figures.dropped.clock, 2);
  assert.is(heard.length, 0);
});

intake(
  "leaves out what is read before it was stored: the store's clock has jumped, and is to be measured anew",
  async () => {
    const { one, heard, figures } = setUp();
    const { delta } = stored(1);
    const aheadMs = 2_000;
    const sender = new DeltaCodec({ clock: { offsetMs: OFFSET_MS + aheadMs } });
    const news = {
      observations: codec.unpack(delta, NOW_MS)!.news.observations,
      blocks: [],
      incidents: [],
      rulesRevision: 0,
    };
    const jumped = sender.pack({ peer: PEER, number: 1, signingOff: false }, news, NOW_MS);
    await one.take([{ delta: jumped, storedAtMs: OFFSET_MS + NOW_MS + aheadMs }], false);
    assert.is(figures.dropped.clock, 1);
    assert.is(heard.length, 0);
  },
);

intake('survives a defect in what takes the news', async () => {
  const { one, figures, heard } = setUp(() => {
    throw new TypeError('a defect');
  });
  await one.take([stored(1), stored(1)], false);
  assert.is(figures.dropped.defect, 2);
  assert.is(heard.length, 2);
});

intake.run();

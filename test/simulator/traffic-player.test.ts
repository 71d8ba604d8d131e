import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTACK_NAMES } from '../../src/simulator/attack-patterns.js';
import { channelHeaders } from '../../src/simulator/channel-headers.js';
import { SeededRandom } from '../../src/simulator/seeded-random.js';
import { Switchboard } from '../../src/simulator/switchboard.js';
import { Traffic } from '../../src/simulator/traffic.js';
import { TrafficPlayer } from '../../src/simulator/traffic-player.js';

const test = suite('simulator/traffic-player');

const START_MS = Date.UTC(2026, 0, 1);

/** A switch whose clock and events are the test's. */
class Bench {
  readonly events: string[] = [];
  readonly board: Switchboard;
  readonly player: TrafficPlayer;
  #elapsedMs = 0;

  constructor(seed: number, cps = 50, attackIntervalMs = 3_000) {
    const nowUs = (): number => (START_MS + this.#elapsedMs) * 1_000;
    this.board = new Switchboard({
      random: new SeededRandom(seed),
      nowUs,
      emit: (name, leg) => {
        const origin = { coreUuid: 'core', sequence: this.events.length, nowUs: nowUs() };
        this.events.push(JSON.stringify(channelHeaders(name, leg, origin)));
      },
      defer: (work) => work(),
    });
    this.player = new TrafficPlayer(
      this.board,
      new Traffic({ cps, attackIntervalMs, attacks: ATTACK_NAMES, seed }),
    );
  }

  run(seconds: number, stepMs = 10): this {
    const endMs = this.#elapsedMs + seconds * 1_000;
    while (this.#elapsedMs < endMs) {
      this.#elapsedMs += stepMs;
      this.player.advance(this.#elapsedMs, START_MS + this.#elapsedMs);
    }
    return this;
  }

  jump(ms: number): void {
    this.#elapsedMs += ms;
    this.player.advance(this.#elapsedMs, START_MS + this.#elapsedMs);
  }
}

const countOf = (events: readonly string[], name: string): number =>
  events.filter((event) => event.startsWith(`{"Event-Name":"${name}"`)).length;

test('the same seed gives the same events, one for one', () => {
  const [one, other] = [new Bench(7).run(20), new Bench(7).run(20)];
  assert.ok(one.events.length > 5_000);
  assert.equal(one.events, other.events);
  assert.not.equal(new Bench(8).run(2).events, new Bench(7).run(2).events);
});

test('every call is created with two legs, and both of them end', () => {
  const bench = new Bench(1, 100, 0).run(30);
  const placed = bench.player.truth.ordinary.placed;
  assert.is(placed, 3_000);
  assert.is(countOf(bench.events, 'CHANNEL_CREATE'), 2 * placed);
  assert.is(countOf(bench.events, 'CHANNEL_ANSWER'), 2 * bench.board.answered);
  assert.ok(bench.board.answered > 0.7 * placed && bench.board.answered < 0.9 * placed);
  assert.is(countOf(bench.events, 'CHANNEL_HANGUP_COMPLETE'), 2 * placed - bench.board.size);
  assert.ok(bench.board.size < 2 * 700, 'calls in progress do not heap up');
});

test('the ground truth names each attack, and whether it is to be detected', () => {
  const { attacks } = new Bench(1).run(28).player.truth;
  assert.equal(
    attacks.map(({ pattern }) => pattern),
    [...ATTACK_NAMES, ATTACK_NAMES[0]],
  );
  assert.equal(
    attacks.filter((attack) => !attack.expected_detection).map(({ pattern }) => pattern),
    ['slow-drip', 'rotating'],
  );
  assert.is(attacks[0].started_at, '2026-01-01T00:00:02.010Z');
});

test('counts what is killed: calls of attacks, and ordinary ones', () => {
  const bench = new Bench(1).run(10);
  const legs = [...bench.board.legs()].filter(({ direction }) => direction === 'inbound');
  for (const leg of legs) bench.board.kill(leg, 'CALL_REJECTED');
  const { attacks, ordinary } = bench.player.truth;
  const ofAttacks = attacks.reduce((sum, { killed }) => sum + killed, 0);
  assert.ok(ofAttacks > 0 && ordinary.killed > 0);
  assert.is(ofAttacks + ordinary.killed, legs.length);
  assert.is(bench.board.size, 0);
  bench.run(30);
  assert.is(
    countOf(bench.events, 'CHANNEL_CREATE'),
    countOf(bench.events, 'CHANNEL_DESTROY') + bench.board.size,
  );
});

test('after a stall it goes on, and does not make up for all of it in one rush', () => {
  const bench = new Bench(1, 1_000, 0).run(1);
  bench.jump(10_000);
  assert.is(bench.player.truth.ordinary.placed, 1_500);
  assert.is(bench.player.truth.skipped_ms, 9_500);
  bench.run(1);
  assert.is(bench.player.truth.ordinary.placed, 2_500);
});

test.run();

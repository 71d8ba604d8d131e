import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Log } from '../../src/admission/ports.js';
import { SwitchFigures } from '../../src/admission/switch-figures.js';
import { AcmError } from '../../src/errors.js';
import { Heartbeat } from '../../src/switches/heartbeat.js';

const test = suite('switches/heartbeat');

/** What a beat finds: the switch as before, another life of it, or nobody. */
type Finding = 'same' | 'new' | 'away';

/** Runs one beat after the other, and stops after the last. */
async function run(findings: readonly Finding[]) {
  const figures = new SwitchFigures('kamailio');
  const said: string[] = [];
  const say = (level: string) => (_: object, message: string) => said.push(`${level}: ${message}`);
  const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const pauses: number[] = [];
  const connections: number[] = [];
  const left = [...findings];
  let atEnd = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    atEnd = resolve;
  });
  const heartbeat = new Heartbeat({
    figures,
    log,
    connected: () => connections.push(findings.length - left.length),
    async beat() {
      const finding = left.shift();
      if (finding === 'away') throw new AcmError('ACM_UNAVAILABLE', 'connect ECONNREFUSED');
      return finding === 'new';
    },
    async sleep(ms, signal) {
      pauses.push(ms);
      if (left.length > 0) return;
      atEnd();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    random: () => 1,
  });
  heartbeat.start();
  await ended;
  await heartbeat.stop();
  return { figures, said, pauses, connections };
}

test('says once that the switch answers', async () => {
  const { figures, said, connections, pauses } = await run(['same', 'same', 'same']);
  assert.is(figures.up, true);
  assert.is(figures.connections, 1);
  assert.equal(connections, [1]);
  assert.equal(said, ['info: a switch answers']);
  assert.equal(pauses, [5_000, 5_000, 5_000]);
});

test('says so again after every loss', async () => {
  const { figures, said, connections } = await run(['same', 'away', 'away', 'same', 'away', 'same']);
  assert.equal(connections, [1, 4, 6]);
  assert.is(figures.connections, 3);
  assert.equal(said, [
    'info: a switch answers',
    'warn: a switch does not answer',
    'info: a switch answers',
    'warn: a switch does not answer',
    'info: a switch answers',
  ]);
});

test('takes a restart between two beats for a loss', async () => {
  const { figures, connections, said } = await run(['same', 'new', 'same']);
  assert.equal(connections, [1, 2]);
  assert.is(figures.connections, 2);
  assert.equal(said, ['info: a switch answers', 'info: a switch was restarted']);
});

test('asks a switch that is away with growing pauses, up to a bound', async () => {
  const { figures, pauses, connections, said } = await run(Array.from({ length: 8 }, () => 'away' as const));
  assert.equal(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  assert.is(figures.up, false);
  assert.is(figures.detail, 'connect ECONNREFUSED');
  assert.equal([connections, said.length], [[], 1]);
});

test.run();

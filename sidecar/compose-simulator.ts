/** The composition root of `acm simulate freeswitch`: a simulated switch, and the traffic on it. */

import { AcmError } from '../src/errors.js';
import { ATTACK_NAMES, ATTACK_PATTERNS, type AttackName } from '../src/simulator/attack-patterns.js';
import { SimulatedFreeswitch } from '../src/simulator/freeswitch.js';
import type { CallWatcher } from '../src/simulator/switchboard.js';
import { Traffic } from '../src/simulator/traffic.js';
import { type AttackTruth, TrafficPlayer } from '../src/simulator/traffic-player.js';
import type { RunningProcess } from './running-process.js';

/** Short enough for a smooth flow at 5,000 calls a second. */
const TICK_MS = 10;

export interface SimulatorOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly password: string;
  /** Ordinary calls a second. */
  readonly cps: number;
  /** Seconds from one attack to the next; 0 for none. */
  readonly attackIntervalS: number;
  /** Names of patterns, which take turns. */
  readonly attacks: readonly AttackName[];
  readonly seed: number;
}

/** What was simulated; times in seconds, dates as RFC 3339. */
export type SimulatorReport = ReturnType<typeof reportOf>;

export interface RunningSimulator extends RunningProcess {
  /** @param attackBegun is given each attack when it begins, and what it does in words. */
  watch(watcher: CallWatcher, attackBegun: (attack: AttackTruth, sentence: string) => void): void;
  report(): SimulatorReport;
}

export const attackNames = ATTACK_NAMES;

/** The patterns and what they do, a line each. */
export function attackHelp(): string {
  const lines = ATTACK_NAMES.map((name) => {
    const { sentence, reachesThreshold } = ATTACK_PATTERNS[name];
    return `  ${name.padEnd(12)} ${sentence}${reachesThreshold ? '' : ' (not to be detected)'}`;
  });
  return lines.join('\n');
}

/** Listens and starts the traffic. @throws AcmError if it cannot listen there. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { host, port, password, seed, cps, attacks } = options;
  const freeswitch = await SimulatedFreeswitch.start({ host, port, password, seed }).catch((cause: Error) => {
    throw new AcmError('ACM_UNAVAILABLE', `cannot listen on ${host}:${port}: ${cause.message}`, { cause });
  });
  const attackIntervalMs = options.attackIntervalS * 1_000;
  const player = new TrafficPlayer(freeswitch.board, new Traffic({ cps, attackIntervalMs, attacks, seed }));
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const ticking = setInterval(() => player.advance(elapsedMs(), Date.now()), TICK_MS);
  return {
    ports: { event_socket: freeswitch.port },
    watch(watcher, attackBegun) {
      freeswitch.board.watch(watcher);
      player.onAttack = (attack) => attackBegun(attack, ATTACK_PATTERNS[attack.pattern].sentence);
    },
    report: () => reportOf(options, freeswitch, player, elapsedMs()),
    async stop() {
      clearInterval(ticking);
      await freeswitch.stop();
    },
  };
}

function reportOf(
  { seed, cps, attackIntervalS }: SimulatorOptions,
  freeswitch: SimulatedFreeswitch,
  player: TrafficPlayer,
  elapsedMs: number,
) {
  const { board, eventsSent, eventsLost, mostWaiting, clients } = freeswitch;
  return {
    seed,
    cps,
    attack_interval_s: attackIntervalS,
    seconds: Math.round(elapsedMs / 100) / 10,
    calls: { placed: board.sessions / 2, answered: board.answered, ended: board.ended },
    events: { sent: eventsSent, lost: eventsLost, waiting_bytes_max: mostWaiting, clients },
    ...player.truth,
  };
}

/** Phones: sipp processes that call through the agent and answer behind it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCENARIOS } from './scenarios.js';

export interface Phones {
  readonly scenario: keyof typeof SCENARIOS;
  readonly port: number;
  /** SIP port to call; callees have none. */
  readonly target?: number;
  readonly calls: number;
  /** Calls a second. Default 4. */
  readonly rate?: number;
  /** A-numbers are this with the number of the call behind it; B is called. */
  readonly a?: string;
  readonly b?: string;
  /** Seconds after which a run that has not ended has failed. Default 20. */
  readonly secondsMax?: number;
}

const directory = mkdtempSync(join(tmpdir(), 'acm-sipp-'));

/** Runs sipp to its end; rejects, with what it wrote, unless every call went as the scenario says. */
export async function runPhones(phones: Phones): Promise<void> {
  const {
    scenario,
    port,
    target,
    calls,
    rate = 4,
    a = '23480',
    b = '2348099999999',
    secondsMax = 20,
  } = phones;
  const file = join(directory, `${scenario}.xml`);
  writeFileSync(file, SCENARIOS[scenario]);
  // sipp counts whole calls in a period: 2 calls in 3 s are `-r 2 -rp 3000`.
  const periodMs = rate < 1 ? Math.round(1_000 / rate) : 1_000;
  const pace = ['-r', String(Math.max(1, rate)), '-rp', String(periodMs)];
  const calling =
    target === undefined ? [] : [`127.0.0.1:${target}`, ...pace, '-key', 'a', a, '-key', 'b', b];
  const common = ['-sf', file, '-i', '127.0.0.1', '-p', String(port), '-m', String(calls), '-nostdin'];
  const limits = [
    '-timeout',
    String(secondsMax),
    '-timeout_error',
    '-mp',
    String(20_000 + 2 * (port % 10_000)),
  ];
  const sipp = spawn('sipp', [...calling, ...common, ...limits], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: Buffer[] = [];
  sipp.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const [code] = await once(sipp, 'close');
  if (code !== 0) throw new Error(`sipp ${scenario} ended with ${code}: ${Buffer.concat(errors)}`);
}

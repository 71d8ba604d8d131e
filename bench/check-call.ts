/** A whole check in process: every call new, with a Call-ID of its own, remembered, counted and judged. */
import { Aftermath } from '../src/admission/aftermath.js';
import { Allowlist } from '../src/admission/allowlist.js';
import { AttemptMemory } from '../src/admission/attempt-memory.js';
import { Blocks } from '../src/admission/blocks.js';
import type { CallAttempt } from '../src/admission/call-attempt.js';
import { CallCheck } from '../src/admission/check-call.js';
import { CheckCounters } from '../src/admission/counters.js';
import { Exemptions } from '../src/admission/exemptions.js';
import { Incidents } from '../src/admission/incident.js';
import { Peers } from '../src/admission/peers.js';
import { Policies } from '../src/admission/policy.js';
import { RuleKeys } from '../src/admission/rule-keys.js';
import { Trunks } from '../src/admission/trunks.js';
import { CallerWindow } from '../src/detection/caller-window.js';
import { NumberKeys } from '../src/detection/number-keys.js';
import { SeededRandom } from './random.js';
import { count, printTable } from './report.js';
import { median, quantile } from './statistics.js';

const WINDOW_MS = 5_000;
const CALLS_PER_MS = 10;
const RUNS = 5;
const RUN_CALLS = 200_000;
const SEED = 42;
const SHAPES = [
  { name: 'everyday traffic: 5,000,000 B', calledNumbers: 5_000_000 },
  { name: 'busy numbers: 200,000 B', calledNumbers: 200_000 },
];

/** The check as the sidecar composes it, without what follows a detection: these calls are counted, not torn down. */
function composeCheck(): CallCheck {
  const keys = new NumberKeys();
  const ruleKeys = new RuleKeys(keys);
  const policy = {
    windowMs: WINDOW_MS,
    threshold: 1_000,
    cooldownMs: 30_000,
    enforcement: 'enforce',
    autoBlock: true,
    blockMs: 86_400_000,
    autoDisconnect: false,
    anonymousCallers: 'per-source',
  } as const;
  return new CallCheck({
    keys,
    window: new CallerWindow({ capacity: 1_000_000, windowsMs: [WINDOW_MS], keys, seed: SEED }),
    attempts: new AttemptMemory(4_000_000, keys, SEED),
    policies: new Policies(policy, keys, ruleKeys),
    allowlist: new Allowlist(keys, ruleKeys),
    blocks: new Blocks(ruleKeys, SEED),
    incidents: new Incidents(keys, ruleKeys),
    trunks: new Trunks([], '608', ''),
    exemptions: new Exemptions(['112', '911']),
    counters: new CheckCounters(),
    aftermath: NO_AFTERMATH,
    journal: undefined,
    rules: { loaded: true },
    peers: new Peers(50),
  });
}

/** The threshold is out of reach, so nothing follows. */
const NO_AFTERMATH = Object.create(Aftermath.prototype) as Aftermath;

function drawAttempts(calledNumbers: number, run: number, random: SeededRandom): CallAttempt[] {
  return Array.from({ length: RUN_CALLS }, (_, i) => ({
    callId: `${run}-${i}-${random.below(2 ** 32)}@198.51.100.7`,
    fromTag: random.below(2 ** 32).toString(16),
    aNumber: `+234${8_030_000_000 + random.below(50_000_000)}`,
    bNumber: `+234${8_090_000_000 + random.below(calledNumbers)}`,
    sourceIp: `198.51.100.${random.below(200)}`,
    switchId: 'switch-1',
    trunk: '',
    emergency: false,
  }));
}

/** Calls a second, without a clock in the loop. */
function rateOf(check: CallCheck, attempts: readonly CallAttempt[], startMs: number): number {
  const started = performance.now();
  for (let i = 0; i < attempts.length; i++) check.check(attempts[i], startMs + Math.floor(i / CALLS_PER_MS));
  return (attempts.length / (performance.now() - started)) * 1_000;
}

/** Nanoseconds of each check; the clock itself costs some 50 of them. */
function timesOf(check: CallCheck, attempts: readonly CallAttempt[], startMs: number): Float64Array {
  return Float64Array.from(attempts, (attempt, i) => {
    const started = process.hrtime.bigint();
    check.check(attempt, startMs + Math.floor(i / CALLS_PER_MS));
    return Number(process.hrtime.bigint() - started);
  });
}

function measure({ name, calledNumbers }: (typeof SHAPES)[number]): string[] {
  const check = composeCheck();
  const random = new SeededRandom(SEED);
  const rates: number[] = [];
  const runMs = RUN_CALLS / CALLS_PER_MS;
  for (let run = 0; run <= RUNS; run++) {
    const rate = rateOf(check, drawAttempts(calledNumbers, run, random), run * runMs);
    if (run > 0) rates.push(rate); // the first run warms the code
  }
  const times = timesOf(check, drawAttempts(calledNumbers, RUNS + 1, random), (RUNS + 1) * runMs);
  const ns = [0.5, 0.99, 0.999].map((q) => count(quantile(times, q)));
  return [name, count(median(rates)), count(Math.min(...rates)), count(Math.max(...rates)), ...ns];
}

console.log('## CallCheck.check, in process, every call new\n');
printTable(
  ['5 runs', 'calls/s (median)', 'least', 'most', 'p50 ns', 'p99 ns', 'p99.9 ns'],
  SHAPES.map(measure),
);

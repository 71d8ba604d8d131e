/** CheckCall at a steady rate, every call new; now and then five callers reach one number, so that there are alerts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../../bench/statistics.js';
import { CheckCallRequest } from '../../../src/gen/acm/v1/detection.js';
import { LeanClient } from './lean-client.js';
import { type CallFigures, type CallTask, serveParent } from './peer.js';

const PATH = '/acm.v1.DetectionService/CheckCall';
const CALLS_PER_MS = 2;
const CALLERS_OF_AN_ATTACK = 5;

let calls = 0;
let numbersUnderAttack = 0;

/** @param bNumber absent for one that nobody else calls. */
function newCall(bNumber?: string): Uint8Array {
  const call = String(++calls).padStart(8, '0');
  return CheckCallRequest.encode({
    callId: `${process.pid}-${call}@load`,
    aNumber: `+23480${call}`,
    bNumber: bNumber ?? `+23490${call}`,
    sourceIp: '198.51.100.7',
    switchId: 'switch-1',
    trunk: '',
    fromTag: call,
    emergency: false,
  }).finish();
}

async function run({ address, seconds, attackEveryMs }: CallTask): Promise<CallFigures> {
  const latenciesMs: number[] = [];
  let failed = 0;
  const client = await LeanClient.open(address, PATH, (latencyMs, answered) => {
    latenciesMs.push(latencyMs);
    if (!answered) failed++;
  });
  const total = seconds * 1_000 * CALLS_PER_MS;
  const began = performance.now();
  let attacks = 0;
  for (let sent = 0; sent < total; await sleep(1)) {
    const elapsedMs = performance.now() - began;
    const due = Math.min(total, Math.floor(elapsedMs * CALLS_PER_MS));
    for (; sent < due; sent++) client.call(newCall());
    if (elapsedMs < (attacks + 1) * attackEveryMs) continue;
    attacks++;
    const bNumber = `+23470${process.pid}${String(++numbersUnderAttack).padStart(4, '0')}`;
    for (let caller = 0; caller < CALLERS_OF_AN_ATTACK; caller++) client.call(newCall(bNumber));
  }
  while (latenciesMs.length < total + attacks * CALLERS_OF_AN_ATTACK) await sleep(5);
  const tookS = (performance.now() - began) / 1_000;
  client.close();
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(latenciesMs, share));
  return { perSecond: latenciesMs.length / tookS, failed, attacks, p50, p99, p999 };
}

serveParent<CallTask, CallFigures>(run);

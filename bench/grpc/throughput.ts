/**
 * CheckCall of the real service against an empty grpc-js server, in turns: A B A B ... h2load sends one body for ever,
 * so the calls are either repeats of one attempt (with a call_id) or new attempts of one caller (without one).
 */
import { ChannelCredentials } from '@grpc/grpc-js';
import {
  type CheckCallRequest,
  type CheckCallResponse,
  DetectionServiceClient,
  Enforcement,
  Reason,
  Severity,
  Verdict,
} from '../../src/gen/acm/v1/detection.js';
import { count, judge, percent, printTable } from '../report.js';
import { median } from '../statistics.js';
import { runH2load, writeBody } from './h2load.js';
import { PeerProcess, SERVER_CORE } from './peer-process.js';

/** Turns that two servers take before fresh ones replace them. */
const TURNS = 3;
const WARM_UP_CALLS = 40_000;
const CALLS = 30_000;
const GOAL = 0.9;

const ATTEMPT: CheckCallRequest = {
  callId: '843817637684230@198.51.100.7',
  aNumber: '+2348031234567',
  bNumber: '+2348099999999',
  sourceIp: '198.51.100.7',
  switchId: 'switch-1',
  trunk: '',
  fromTag: '1928301774',
  emergency: false,
};

/** What an empty server answers: as long as a real answer. */
export const CONSTANT_RESPONSE: CheckCallResponse = {
  callId: ATTEMPT.callId,
  verdict: Verdict.ALLOW,
  reason: Reason.NONE,
  distinctACount: 1,
  callCount: 1,
  windowMs: 5_000,
  threshold: 5,
  severity: Severity.UNSPECIFIED,
  alertId: '',
  degraded: false,
  degradedCauses: [],
  stateAgeMs: 0,
  sipStatus: 0,
  sipReason: '',
  reasonHeader: '',
  enforcement: Enforcement.ENFORCE,
};

interface Measured {
  readonly callsPerSecond: number[];
  readonly cpuUsPerCall: number[];
}

export async function measureThroughput(): Promise<void> {
  await compare('new attempts (no call_id)', { ...ATTEMPT, callId: '' }, 3);
  await compare('repeats of one attempt (with call_id)', ATTEMPT, 3);
}

async function compare(title: string, request: CheckCallRequest, rounds: number): Promise<void> {
  const body = writeBody(request);
  const measured = { empty: nothingYet(), sidecar: nothingYet() };
  try {
    for (let round = 0; round < rounds; round++) await runRound(request, body.path, measured);
  } finally {
    body.remove();
  }
  const row = (name: string, { callsPerSecond, cpuUsPerCall }: Measured): string[] => [
    name,
    count(median(callsPerSecond)),
    count(Math.min(...callsPerSecond)),
    count(Math.max(...callsPerSecond)),
    median(cpuUsPerCall).toFixed(1),
  ];
  console.log(`### CheckCall, ${title}\n`);
  printTable(
    [
      `${rounds} round(s) of ${TURNS} x ${count(CALLS)} calls`,
      'calls/s (median)',
      'least',
      'most',
      'CPU us/call',
    ],
    [row('empty grpc-js server', measured.empty), row('sidecar', measured.sidecar)],
  );
  const byCpu = median(measured.empty.cpuUsPerCall) / median(measured.sidecar.cpuUsPerCall);
  console.log(`By processor time alone, the ratio is ${percent(byCpu)}.\n`);
  const ratio = median(measured.sidecar.callsPerSecond) / median(measured.empty.callsPerSecond);
  judge(`>= ${percent(GOAL)} of the empty server's throughput, medians`, ratio, GOAL, percent);
}

/**
 * Fresh processes each round: grpc-js is fast or slow for the life of a process, by how V8's garbage collector happens to
 * settle (it either frees short-lived objects at once, or promotes a quarter of them), the empty server as any other.
 */
async function runRound(
  request: CheckCallRequest,
  bodyPath: string,
  measured: Record<'empty' | 'sidecar', Measured>,
): Promise<void> {
  const sidecar = await PeerProcess.start<number>('sidecar-server.ts', SERVER_CORE, null);
  try {
    await runH2load(sidecar.ready, bodyPath, WARM_UP_CALLS);
    // One real call: h2load does not see grpc-status. Its answer is what the empty server will say.
    const response = await askOnce(sidecar.ready, request);
    const empty = await PeerProcess.start<number>('empty-server.ts', SERVER_CORE, response);
    try {
      await runH2load(empty.ready, bodyPath, WARM_UP_CALLS);
      for (let turn = 0; turn < TURNS; turn++) {
        await measure(empty, bodyPath, measured.empty);
        await measure(sidecar, bodyPath, measured.sidecar);
      }
    } finally {
      await empty.stop();
    }
  } finally {
    await sidecar.stop();
  }
}

function nothingYet(): Measured {
  return { callsPerSecond: [], cpuUsPerCall: [] };
}

async function measure(server: PeerProcess<number>, bodyPath: string, into: Measured): Promise<void> {
  const before = await server.cpuUs();
  into.callsPerSecond.push(await runH2load(server.ready, bodyPath, CALLS));
  into.cpuUsPerCall.push(((await server.cpuUs()) - before) / CALLS);
}

function askOnce(port: number, request: CheckCallRequest): Promise<CheckCallResponse> {
  const client = new DetectionServiceClient(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
  return new Promise<CheckCallResponse>((resolve, reject) => {
    client.checkCall(request, (error, response) => (error === null ? resolve(response) : reject(error)));
  }).finally(() => client.close());
}

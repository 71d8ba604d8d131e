/**
 * CheckCall at a steady rate over bare HTTP/2: grpc-js as a client costs more than the sidecar does, and would hide it. Every
 * call is a new one; now and then five callers reach one number, so that there are alerts to tell of.
 */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../../bench/statistics.js';
import { CheckCallRequest } from '../../../src/gen/acm/v1/detection.js';
import { type CallFigures, type CallTask, serveParent } from './peer.js';

const CALLS_PER_MS = 2;
const CALLERS_OF_AN_ATTACK = 5;
const HEADERS = {
  ':method': 'POST',
  ':path': '/acm.v1.DetectionService/CheckCall',
  'content-type': 'application/grpc',
  te: 'trailers',
};
/** gRPC's length-prefixed message: a flag for compression and 32 bits of length. */
const PREFIX_BYTES = 5;

let calls = 0;
let numbersUnderAttack = 0;

/** @param b the number that is called; absent for one that nobody else calls. */
function frameOf(b?: string): Buffer {
  const call = ++calls;
  const message = CheckCallRequest.encode({
    callId: `${process.pid}-${call}@load`,
    aNumber: `+23480${String(call).padStart(8, '0')}`,
    bNumber: b ?? `+23490${String(call).padStart(8, '0')}`,
    sourceIp: '198.51.100.7',
    switchId: 'switch-1',
    trunk: '',
    fromTag: String(call),
    emergency: false,
  }).finish();
  const frame = Buffer.alloc(PREFIX_BYTES + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

async function run({ address, seconds, attackEveryMs }: CallTask): Promise<CallFigures> {
  const session = connect(`http://${address}`);
  await once(session, 'connect');
  const latenciesMs: number[] = [];
  let failed = 0;
  const send = (frame: Buffer): void => {
    const stream = session.request(HEADERS);
    const began = performance.now();
    let status = '';
    stream.on('trailers', (trailers) => {
      status = String(trailers['grpc-status']);
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      latenciesMs.push(performance.now() - began);
      if (status !== '0') failed++;
    });
    stream.resume().end(frame);
  };
  const total = seconds * 1_000 * CALLS_PER_MS;
  const began = performance.now();
  let attacks = 0;
  for (let sent = 0; sent < total; await sleep(1)) {
    const elapsedMs = performance.now() - began;
    for (const due = Math.min(total, Math.floor(elapsedMs * CALLS_PER_MS)); sent < due; sent++)
      send(frameOf());
    if (elapsedMs < (attacks + 1) * attackEveryMs) continue;
    const b = `+23470${process.pid}${String(++numbersUnderAttack).padStart(4, '0')}`;
    attacks++;
    for (let caller = 0; caller < CALLERS_OF_AN_ATTACK; caller++) send(frameOf(b));
  }
  while (latenciesMs.length < total + attacks * CALLERS_OF_AN_ATTACK) await sleep(5);
  const tookS = (performance.now() - began) / 1_000;
  session.close();
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(latenciesMs, share));
  return { perSecond: latenciesMs.length / tookS, failed, attacks, p50, p99, p999 };
}

serveParent<CallTask, CallFigures>(run);

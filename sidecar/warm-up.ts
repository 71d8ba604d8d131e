/**
 * Before the first phone call waits for a verdict, the code on its way has run often enough for V8 to have compiled it: cold,
 * a check takes milliseconds, and an agent waits 20.
 */
import { setImmediate } from 'node:timers/promises';
import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import {
  type CheckCallRequest,
  type CheckCallResponse,
  type DetectionServiceServer,
  DetectionServiceService,
} from '../src/gen/acm/v1/detection.js';

const CHECKS = 3_000;
/** Checks between which whoever probes the process is answered. */
const SLICE = 100;
/** Few enough B-numbers that some are attacked: rejections are to be quick too. */
const B_NUMBERS = 300;

/** Checks made-up calls, wire format included, against handlers whose state is thrown away afterwards. */
export async function warmUp(handlers: DetectionServiceServer): Promise<void> {
  const { requestSerialize, requestDeserialize, responseSerialize } = DetectionServiceService.checkCall;
  for (let i = 0; i < CHECKS; i++) {
    if (i % SLICE === 0) await setImmediate();
    const request = requestDeserialize(requestSerialize(madeUpCall(i)));
    const call = { request, metadata: new Metadata() } as ServerUnaryCall<
      CheckCallRequest,
      CheckCallResponse
    >;
    handlers.checkCall(call, (_error, response) => void (response && responseSerialize(response)));
  }
}

function madeUpCall(i: number): CheckCallRequest {
  return {
    callId: `warm-up-${i}@127.0.0.1`,
    aNumber: i % 10 === 0 ? 'anonymous' : `+2348030${String(i).padStart(6, '0')}`,
    bNumber: `+2348090${String(i % B_NUMBERS).padStart(6, '0')}`,
    sourceIp: '127.0.0.1',
    switchId: 'warm-up',
    trunk: '',
    fromTag: `tag-${i}`,
    emergency: false,
  };
}

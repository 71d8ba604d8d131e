/** DetectionService: what a switch asks in the hot path. */
import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { Caller } from '../admission/access.js';
import { checkText, NAME_MAX } from '../admission/call-attempt.js';
import type { CallReports } from '../admission/call-reports.js';
import type { CallCheck } from '../admission/check-call.js';
import type { CheckCounters } from '../admission/counters.js';
import type { DisconnectOutcome as Outcome } from '../admission/disconnect.js';
import type { Policies } from '../admission/policy.js';
import type { Log } from '../admission/ports.js';
import { AcmError, InvalidFieldError } from '../errors.js';
import {
  CallState,
  type CheckCallRequest,
  type CheckCallResponse,
  type CheckCallResult,
  type CheckCallsRequest,
  type CheckCallsResponse,
  type ConfirmDisconnectRequest,
  type ConfirmDisconnectResponse,
  type DetectionServiceServer,
  DisconnectOutcome,
  type ReportCallStateRequest,
  type ReportCallStateResponse,
  type WatchDisconnectsRequest,
  type WatchDisconnectsResponse,
} from '../gen/acm/v1/detection.js';
import type { DisconnectBroker } from './disconnect-broker.js';
import type { Door } from './door.js';
import { grpcErrorOf } from './status.js';
import { checkCallResponse } from './wire.js';

/** Most calls in one message of CheckCalls. */
const CALLS_MAX = 1_000;
const DETAIL_MAX = 256;

const CALL_STATES: Partial<Record<CallState, 'ringing' | 'answered' | 'ended'>> = {
  [CallState.RINGING]: 'ringing',
  [CallState.ANSWERED]: 'answered',
  [CallState.ENDED]: 'ended',
};

const OUTCOMES: Partial<Record<DisconnectOutcome, Outcome>> = {
  [DisconnectOutcome.ENDED]: 'ended',
  [DisconnectOutcome.UNSUPPORTED]: 'unsupported',
  [DisconnectOutcome.GONE]: 'gone',
  [DisconnectOutcome.FAILED]: 'failed',
};

export interface DetectionServiceParts {
  readonly callCheck: CallCheck;
  readonly callReports: CallReports;
  readonly policies: Policies;
  readonly broker: DisconnectBroker;
  readonly counters: CheckCounters;
  readonly log: Log;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

type CheckCallsStream = ServerDuplexStream<CheckCallsRequest, CheckCallsResponse>;
type WatchStream = ServerWritableStream<WatchDisconnectsRequest, WatchDisconnectsResponse>;

export class DetectionHandlers {
  readonly #parts: DetectionServiceParts;
  /** Streams that would otherwise keep the server from shutting down, and who opened them. */
  readonly #streams = new Map<CheckCallsStream | WatchStream, Caller>();

  constructor(parts: DetectionServiceParts) {
    this.#parts = parts;
  }

  /** The handlers for whoever comes by a door, as grpc-js wants them. */
  behind(door: Door): DetectionServiceServer {
    return {
      checkCall: (call, callback) => this.#checkCall(call, callback, door),
      checkCalls: (stream) => this.#checkCalls(stream, door),
      reportCallState: (call, callback) => this.#reportCallState(call, callback, door),
      watchDisconnects: (stream) => this.#watchDisconnects(stream, door),
      confirmDisconnect: (call, callback) => this.#confirmDisconnect(call, callback, door),
    };
  }

  /** Ends every open stream; messages that have arrived were answered already. */
  endStreams(): void {
    for (const stream of this.#streams.keys()) stream.end();
    this.#streams.clear();
  }

  /** Ends the streams of callers who would not be let in any more: a stream may outlive its token by days. */
  endStreamsUnless(mayGoOn: (caller: Caller) => boolean): void {
    for (const [stream, caller] of this.#streams)
      if (!mayGoOn(caller)) stream.emit('error', grpcErrorOf(NO_LONGER_KNOWN));
  }

  #checkCall(
    call: ServerUnaryCall<CheckCallRequest, CheckCallResponse>,
    callback: sendUnaryData<CheckCallResponse>,
    door: Door,
  ): void {
    let response: CheckCallResponse;
    try {
      door.admit(call, 'check');
      response = this.#check(call.request);
    } catch (error) {
      this.#fail(error, callback);
      return;
    }
    callback(null, response);
  }

  #check(request: CheckCallRequest): CheckCallResponse {
    const { callCheck, policies, counters, nowMs } = this.#parts;
    const started = nowMs();
    const checked = callCheck.check(request, Math.floor(started));
    const response = checkCallResponse(request.callId, checked, policies.enforcement);
    counters.countLatency(nowMs() - started);
    return response;
  }

  #checkCalls(stream: CheckCallsStream, door: Door): void {
    if (!this.#admitStream(stream, door, 'check')) return;
    let refused = false;
    stream.on('data', ({ calls }: CheckCallsRequest) => {
      // After the end nothing could be answered, and what is not answered must not count.
      if (refused || stream.writableEnded) return;
      if (calls.length > CALLS_MAX) {
        refused = true;
        const tooMany = new InvalidFieldError(
          'calls',
          `has ${calls.length} calls; at most ${CALLS_MAX} are allowed in one message`,
        );
        stream.emit('error', grpcErrorOf(tooMany));
        return;
      }
      const results = calls.map((call) => this.#checkOneOfMany(call));
      // A client that does not read its answers must not fill our memory: stop reading until it has caught up.
      if (!stream.write({ results })) stream.pause();
    });
    stream.on('drain', () => stream.resume());
    stream.on('end', () => stream.end());
    // A client that vanishes is no fault of ours; without a listener it would end the process.
    stream.on('error', () => undefined);
  }

  #checkOneOfMany(request: CheckCallRequest): CheckCallResult {
    try {
      return { outcome: { $case: 'response', value: this.#check(request) } };
    } catch (error) {
      this.#logDefect(error);
      const { code, details } = grpcErrorOf(error);
      const [field, message] =
        error instanceof InvalidFieldError ? [error.field, error.complaint] : ['', details];
      return { outcome: { $case: 'error', value: { code, field, message } } };
    }
  }

  #reportCallState(
    call: ServerUnaryCall<ReportCallStateRequest, ReportCallStateResponse>,
    callback: sendUnaryData<ReportCallStateResponse>,
    door: Door,
  ): void {
    const { request } = call;
    this.#answer(callback, () => {
      door.admit(call, 'switch');
      const state = CALL_STATES[request.state];
      if (state === undefined)
        throw new InvalidFieldError('state', 'takes CALL_STATE_RINGING, _ANSWERED or _ENDED');
      const now = Math.floor(this.#parts.nowMs());
      return { disconnectRequested: this.#parts.callReports.report({ ...request, state }, now) };
    });
  }

  #watchDisconnects(stream: WatchStream, door: Door): void {
    if (!this.#admitStream(stream, door, 'switch')) return;
    const { switchId } = stream.request;
    try {
      checkSwitchId(switchId);
    } catch (error) {
      stream.emit('error', grpcErrorOf(error));
      return;
    }
    const leave = this.#parts.broker.watch(switchId, { deliver: (order) => void stream.write(order) });
    this.#parts.log.info({ switchId }, 'watching for disconnects');
    stream.on('close', leave);
    stream.on('cancelled', leave);
    stream.on('error', leave);
    // Headers now, so that the client knows that it is watching before the first order.
    stream.sendMetadata(new Metadata());
  }

  #confirmDisconnect(
    call: ServerUnaryCall<ConfirmDisconnectRequest, ConfirmDisconnectResponse>,
    callback: sendUnaryData<ConfirmDisconnectResponse>,
    door: Door,
  ): void {
    const { request } = call;
    this.#answer(callback, () => {
      door.admit(call, 'switch');
      if (request.disconnectId === '')
        throw new InvalidFieldError('disconnect_id', 'is empty; which command is it?');
      checkText('disconnect_id', request.disconnectId, NAME_MAX);
      checkSwitchId(request.switchId);
      checkText('detail', request.detail, DETAIL_MAX);
      const outcome = OUTCOMES[request.outcome];
      if (outcome === undefined)
        throw new InvalidFieldError(
          'outcome',
          'takes DISCONNECT_OUTCOME_ENDED, _UNSUPPORTED, _GONE or _FAILED',
        );
      return { known: this.#parts.broker.confirm(request.disconnectId, request.switchId, outcome) };
    });
  }

  #answer<Response>(callback: sendUnaryData<Response>, respond: () => Response): void {
    let response: Response;
    try {
      response = respond();
    } catch (error) {
      this.#fail(error, callback);
      return;
    }
    callback(null, response);
  }

  #fail(error: unknown, callback: sendUnaryData<never>): void {
    this.#logDefect(error);
    callback(grpcErrorOf(error));
  }

  /** Bad input and bad manners are the client's affair and are counted; anything else is a defect of ours. */
  #logDefect(error: unknown): void {
    if (!(error instanceof AcmError)) this.#parts.log.error({ err: error }, 'a request failed');
  }

  /** False for a stream that has been refused. */
  #admitStream(stream: CheckCallsStream | WatchStream, door: Door, scope: 'check' | 'switch'): boolean {
    try {
      this.#track(stream, door.admit(stream, scope));
      return true;
    } catch (error) {
      stream.on('error', () => undefined);
      this.#logDefect(error);
      stream.emit('error', grpcErrorOf(error));
      return false;
    }
  }

  #track(stream: CheckCallsStream | WatchStream, caller: Caller): void {
    this.#streams.set(stream, caller);
    stream.on('close', () => this.#streams.delete(stream));
    stream.on('cancelled', () => this.#streams.delete(stream));
  }
}

const NO_LONGER_KNOWN = new AcmError(
  'ACM_UNAUTHENTICATED',
  'the token by which this stream was opened has expired or was revoked',
);

function checkSwitchId(switchId: string): void {
  if (switchId === '') throw new InvalidFieldError('switch_id', 'is empty; which switch is it?');
  checkText('switch_id', switchId, NAME_MAX);
}

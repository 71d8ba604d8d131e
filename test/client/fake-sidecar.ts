/** A sidecar for tests: a grpc-js server whose answers a test sets. It counts nothing and detects nothing. */
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type status,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import {
  type CheckCallRequest,
  CheckCallResponse,
  type ConfirmDisconnectRequest,
  type DetectionServiceServer,
  DetectionServiceService,
  Enforcement,
  type ReportCallStateRequest,
  Verdict,
  type WatchDisconnectsRequest,
  type WatchDisconnectsResponse,
} from '../../src/gen/acm/v1/detection.js';

/** How a fake sidecar answers a check: a response, a gRPC status, or never. */
export type Answer = Partial<CheckCallResponse> | { readonly code: status } | 'silence';

type Watch = ServerWritableStream<WatchDisconnectsRequest, WatchDisconnectsResponse>;

export class FakeSidecar {
  /** Answers a check; may be replaced at any time. */
  answer: (request: CheckCallRequest) => Answer = () => ({ verdict: Verdict.ALLOW });
  readonly checks: CheckCallRequest[] = [];
  readonly reports: ReportCallStateRequest[] = [];
  readonly confirmations: ConfirmDisconnectRequest[] = [];
  readonly watches = new Set<Watch>();
  /** The authorization that came with each call, by the method; undefined for none. */
  readonly shown: (readonly [method: string, authorization: string | undefined])[] = [];
  readonly #server = new Server();
  readonly #health = new HealthImplementation({ '': 'SERVING', 'acm.v1.DetectionService': 'SERVING' });

  /** Listens on a port of its own choosing unless one is given; returns the address. */
  async listen(port = 0): Promise<string> {
    this.#server.addService(DetectionServiceService, this.#service());
    this.#health.addToServer(this.#server);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
    return `127.0.0.1:${await promise}`;
  }

  /** Sends a disconnect command to every watcher. */
  disconnect(command: Partial<WatchDisconnectsResponse>): void {
    const rejection = {
      sipStatus: 608,
      sipReason: 'Rejected',
      reasonHeader: 'SIP;cause=608;text="Rejected"',
    };
    const whole = { disconnectId: 'd1', callId: '', fromTag: '', alertId: 'alert', ...rejection, ...command };
    for (const watch of this.watches) watch.write(whole);
  }

  setServing(serving: boolean): void {
    this.#health.setStatus('acm.v1.DetectionService', serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Dies: connections are cut. */
  kill(): void {
    this.#server.forceShutdown();
  }

  #see(method: string, metadata: Metadata): void {
    this.shown.push([method, metadata.get('authorization')[0]?.toString()]);
  }

  #service(): DetectionServiceServer {
    return {
      checkCall: ({ request, metadata }, callback) => {
        this.#see('checkCall', metadata);
        this.checks.push(request);
        const answer = this.answer(request);
        if (answer === 'silence') return;
        if ('code' in answer) callback({ code: answer.code });
        else callback(null, allowing({ callId: request.callId, ...answer }));
      },
      checkCalls: (stream) => stream.end(),
      reportCallState: ({ request, metadata }, callback) => {
        this.#see('reportCallState', metadata);
        this.reports.push(request);
        callback(null, { disconnectRequested: false });
      },
      watchDisconnects: (stream) => {
        this.#see('watchDisconnects', stream.metadata);
        this.watches.add(stream);
        stream.on('cancelled', () => this.watches.delete(stream));
      },
      confirmDisconnect: ({ request, metadata }, callback) => {
        this.#see('confirmDisconnect', metadata);
        this.confirmations.push(request);
        callback(null, { known: true });
      },
    };
  }
}

/** A response that allows, with some fields set otherwise. */
export function allowing(fields: Partial<CheckCallResponse>): CheckCallResponse {
  const empty = CheckCallResponse.decode(new Uint8Array());
  return { ...empty, verdict: Verdict.ALLOW, enforcement: Enforcement.ENFORCE, ...fields };
}

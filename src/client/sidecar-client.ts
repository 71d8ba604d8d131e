/**
 * A client of DetectionService for whoever carries calls. It never throws at a call: a sidecar that is slow, frozen or
 * gone costs each call at most its deadline, and after a few failures nothing at all.
 */
import {
  type CheckCallRequest,
  type ConfirmDisconnectRequest,
  DetectionServiceClient,
  Enforcement,
  type ReportCallStateRequest,
} from '../gen/acm/v1/detection.js';
import {
  actionWithoutVerdict,
  type CheckOutcome,
  causeOf,
  isRequestAtFault,
  type UnscreenedCause,
} from './check-outcome.js';
import { BREAKER_DEFAULTS, CircuitBreaker } from './circuit-breaker.js';
import { Connection } from './connection.js';
import { type DisconnectCommand, DisconnectWatch } from './disconnect-watch.js';
import { HealthProbe } from './health-probe.js';
import {
  CHANNEL_OPTIONS,
  credentialsOf,
  DEADLINE_MS_DEFAULT,
  metadataWith,
  type SidecarClientOptions,
} from './options.js';
import { type Delivery, ReportQueue } from './report-queue.js';
import { callUnary } from './unary-call.js';

/** Deadline of everything that no phone call waits for. */
const BACKGROUND_DEADLINE_MS = 1_000;
/**
 * Calls that warm a fresh connection: the first takes over 20 ms, and only after some hundred has V8 compiled what a call
 * runs through, here and in the sidecar.
 */
const WARM_UP_CALLS = 200;

/** What a switch hears from its sidecar. */
export interface DisconnectWatcher {
  /** End this call, and confirm it with confirmDisconnect. A command may come more than once. */
  command(command: DisconnectCommand): void;
  /** The sidecar is there (again): report every call in progress, since it may have been restarted. */
  connected(): void;
  /** The connection to the sidecar is lost. */
  lost(): void;
}

/** A connection to one sidecar. Closed by close(); until then it keeps the process alive. */
export class SidecarClient {
  readonly #stub: DetectionServiceClient;
  readonly #token: string;
  readonly #deadlineMs: number;
  readonly #onFailure: 'allow' | 'reject';
  readonly #breaker: CircuitBreaker;
  readonly #probe: HealthProbe;
  readonly #connection: Connection;
  readonly #reports: ReportQueue;
  readonly #warm = Promise.withResolvers<void>();
  #probeTimer: NodeJS.Timeout | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #watch: DisconnectWatch | undefined;
  #watcher: DisconnectWatcher | undefined;
  #enforcement = Enforcement.UNSPECIFIED;

  private constructor(options: SidecarClientOptions) {
    this.#stub = new DetectionServiceClient(options.address, credentialsOf(options.tls), CHANNEL_OPTIONS);
    this.#token = options.token ?? '';
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS_DEFAULT;
    this.#onFailure = options.onFailure ?? 'allow';
    this.#breaker = new CircuitBreaker({ ...BREAKER_DEFAULTS, ...options.breaker });
    this.#probe = new HealthProbe(this.#stub.getChannel());
    this.#reports = new ReportQueue(
      (report) => this.#sendReport(report),
      () => performance.now(),
    );
    this.#connection = new Connection(this.#stub.getChannel(), {
      up: () => void this.#connected(),
      down: () => this.#lost(),
    });
  }

  /** Starts connecting, for ever if need be. Calls can be checked at once; ready() says when that makes sense. */
  static connect(options: SidecarClientOptions): SidecarClient {
    const client = new SidecarClient(options);
    client.#reports.pause();
    client.#connection.keep();
    return client;
  }

  /** Whether the sidecar is connected now. */
  get connected(): boolean {
    return this.#connection.up;
  }

  /** Call state reports that were given up, since the start. */
  get reportsDropped(): number {
    return this.#reports.dropped;
  }

  /** Waits until the first connection stands and is warm, at most `waitMs` milliseconds; returns whether it is. */
  async ready(waitMs: number): Promise<boolean> {
    const { promise: patience, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), waitMs);
    const ready = await Promise.race([this.#warm.promise.then(() => true), patience]);
    clearTimeout(timer);
    return ready;
  }

  /** Asks for the verdict on one call attempt. Never rejects; settles within the deadline. */
  async checkCall(request: CheckCallRequest): Promise<CheckOutcome> {
    if (this.#breaker.open) return this.#unscreened('breaker', '');
    const result = await callUnary(
      this.#stub.checkCall.bind(this.#stub),
      request,
      this.#deadlineMs,
      metadataWith(this.#token),
    );
    if (result.ok) {
      this.#breaker.recordSuccess();
      this.#enforcement = result.response.enforcement;
      return { kind: 'verdict', response: result.response };
    }
    const { code, details } = result.failure;
    if (isRequestAtFault(code)) this.#breaker.recordSuccess();
    else if (this.#breaker.recordFailure()) this.#probeLater();
    return this.#unscreened(causeOf(code), details);
  }

  /** Reports the state of a call, in the background. It is sent again after a reconnect if nothing newer replaces it. */
  reportCallState(report: ReportCallStateRequest): void {
    this.#reports.add(report);
  }

  /** Confirms a disconnect command. Returns whether the sidecar took it; if not, it repeats the command. */
  async confirmDisconnect(request: ConfirmDisconnectRequest): Promise<boolean> {
    const method = this.#stub.confirmDisconnect.bind(this.#stub);
    return (await callUnary(method, request, BACKGROUND_DEADLINE_MS, metadataWith(this.#token))).ok;
  }

  /** Watches for disconnect commands to one switch until close(). To be called once. */
  watchDisconnects(switchId: string, watcher: DisconnectWatcher): void {
    this.#watcher = watcher;
    this.#watch = new DisconnectWatch(
      // Waiting for the connection is gRPC's business: a stream that fails at once would only come back later.
      () => this.#stub.watchDisconnects({ switchId }, metadataWith(this.#token, { waitForReady: true })),
      (command) => watcher.command(command),
    );
    this.#watch.start();
    if (this.#connection.up) watcher.connected();
  }

  /** Ends the connection; calls in flight become unscreened. */
  close(): void {
    clearTimeout(this.#probeTimer);
    clearTimeout(this.#reportTimer);
    this.#watch?.stop();
    this.#stub.close();
  }

  #unscreened(cause: UnscreenedCause, detail: string): CheckOutcome {
    const action = actionWithoutVerdict(this.#onFailure, this.#enforcement);
    return { kind: 'unscreened', cause, action, detail };
  }

  async #connected(): Promise<void> {
    for (let i = 0; i < WARM_UP_CALLS; i++) await this.#probe.passes(BACKGROUND_DEADLINE_MS);
    if (!this.#connection.up) return;
    this.#warm.resolve();
    this.#reports.resume();
    this.#watcher?.connected();
  }

  #lost(): void {
    this.#reports.pause();
    this.#watcher?.lost();
  }

  /** Probes in place of the calls: none of them has to wait to find out that the sidecar is back. */
  #probeLater(): void {
    this.#probeTimer = setTimeout(async () => {
      // The deadline of a call: a sidecar that is there but too slow would only fail calls again.
      if (await this.#probe.passes(this.#deadlineMs)) this.#breaker.recordSuccess();
      if (this.#breaker.open) this.#probeLater();
    }, this.#breaker.nextProbeDelayMs());
  }

  async #sendReport(report: ReportCallStateRequest): Promise<Delivery> {
    const method = this.#stub.reportCallState.bind(this.#stub);
    const result = await callUnary(method, report, BACKGROUND_DEADLINE_MS, metadataWith(this.#token));
    if (result.ok) return 'taken';
    if (causeOf(result.failure.code) === 'error') return 'refused';
    this.#resumeReportsLater();
    return 'away';
  }

  /** For a sidecar that stalls: its connection stands, so no reconnection will resume the queue. */
  #resumeReportsLater(): void {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = setTimeout(() => {
      if (this.#connection.up) this.#reports.resume();
    }, BACKGROUND_DEADLINE_MS);
  }
}

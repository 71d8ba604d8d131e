/**
 * The exchange of news between sidecars through LumaDB: connects, proves that what is written there stays there, then tells
 * and follows, for ever. Calls never wait for it, whatever becomes of LumaDB.
 */
import { status } from '@grpc/grpc-js';
import type { LinkState, NewsSink, NewsSource, PeerId } from '../admission/exchange-ports.js';
import type { Log } from '../admission/ports.js';
import { Backoff } from '../client/backoff.js';
import { DeltaCodec } from './delta-codec.js';
import { DeltaFollower } from './delta-follower.js';
import { DeltaIntake } from './delta-intake.js';
import { DeltaPublisher } from './delta-publisher.js';
import { LinkSession } from './link-session.js';
import type { Luma } from './luma-client.js';
import { LumaFailure } from './luma-failure.js';
import { noFigures, type ReconcileFigures } from './reconcile-figures.js';
import type { Seal } from './sealed-news.js';
import { probeStorage, type TimedReceipt } from './storage-probe.js';
import { StoreClock } from './store-clock.js';

/** Between attempts to connect, from the beginning of one to that of the next. */
const CONNECT_MS_MIN = 50;
const CONNECT_MS_MAX = 500;
/** A LumaDB that does not store, or lets nobody in, will hardly change within seconds. */
const PROBE_MS_MIN = 250;
const PROBE_MS_MAX = 5_000;
const LASTING: ReadonlySet<status> = new Set([
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
]);

export interface WindowExchangeOptions {
  readonly luma: Luma;
  /** This life of this sidecar. */
  readonly self: PeerId;
  readonly source: NewsSource;
  readonly sink: NewsSink;
  readonly log: Log;
  /** How often it is told what is new. */
  readonly intervalMs: number;
  /** The longest window in force. */
  readonly windowMs: () => number;
  /** Set where phone numbers are not to be stored as they are. */
  readonly seal?: Seal | undefined;
  /** Called once in each interval, whatever the state; `nowMs` with fractions. */
  readonly tick?: (nowMs: number) => void;
  /** Hears of each change of the state or of what is wrong. */
  readonly onState?: (state: LinkState, detail: string) => void;
  /** Monotonic milliseconds with fractions. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Lets the calls that wait be answered. */
  readonly yieldTurn: () => Promise<unknown>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export class WindowExchange {
  readonly #options: WindowExchangeOptions;
  readonly #clock = new StoreClock();
  readonly #figures = noFigures();
  readonly #publisher: DeltaPublisher;
  readonly #follower: DeltaFollower;
  readonly #connectBackoff: Backoff;
  readonly #probeBackoff: Backoff;
  #session = new LinkSession();
  #epoch: string | undefined;
  #state: LinkState = 'away';
  #detail = 'LumaDB has not answered yet';
  #wasConnected = false;
  #stopped = false;

  constructor(options: WindowExchangeOptions) {
    this.#options = options;
    const { luma, self, source, sink, log, intervalMs, windowMs, seal } = options;
    const { now, sleep, yieldTurn, random } = options;
    const figures = this.#figures;
    const clock = this.#clock;
    const codec = new DeltaCodec({ clock, seal });
    const intake = new DeltaIntake({ codec, clock, sink, ownId: self.id, figures, log, now, yieldTurn });
    const onStored = (receipt: TimedReceipt): void => this.#take(receipt);
    const timing = { figures, intervalMs, now, sleep, random };
    this.#publisher = new DeltaPublisher({ ...timing, luma, codec, source, self, log, onStored });
    const listener = {
      caughtUp: () => this.#reach('reconciled', ''),
      fellBehind: (reason: string) => this.#reach('catching-up', reason),
    };
    this.#follower = new DeltaFollower({
      ...timing,
      luma,
      intake,
      clock,
      ownId: self.id,
      windowMs,
      listener,
    });
    this.#connectBackoff = new Backoff(CONNECT_MS_MIN, CONNECT_MS_MAX, random);
    this.#probeBackoff = new Backoff(PROBE_MS_MIN, PROBE_MS_MAX, random);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** What is wrong, in words; '' when nothing is. */
  get detail(): string {
    return this.#detail;
  }

  get figures(): Readonly<ReconcileFigures> {
    return this.#figures;
  }

  /** Begins, in the background. */
  start(): void {
    void this.#connectForEver();
    if (this.#options.tick !== undefined) void this.#tickForEver(this.#options.tick);
  }

  /** Tells the others that nobody has to wait for this sidecar, if that is possible within `boundMs`, and ends. */
  async stop(boundMs = 250): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const isConnected = !this.#session.ended && this.#state !== 'away' && this.#state !== 'not-stored';
    this.#session.end();
    if (isConnected) await this.#publisher.signOff(boundMs);
    this.#options.luma.close();
  }

  async #tickForEver(tick: (nowMs: number) => void): Promise<void> {
    const { sleep, intervalMs, now, log } = this.#options;
    while (!this.#stopped) {
      try {
        tick(now());
      } catch (error) {
        log.error({ err: error }, 'a defect in what is done in each interval');
      }
      await sleep(intervalMs);
    }
  }

  async #connectForEver(): Promise<void> {
    const { now, sleep } = this.#options;
    while (!this.#stopped) {
      const startedMs = now();
      const pauseMs = await this.#connect();
      if (!this.#stopped) await sleep(Math.max(0, startedMs + pauseMs - now()));
    }
  }

  /** One connection, from its beginning to its end. @returns how long after its beginning another may begin. */
  async #connect(): Promise<number> {
    const { luma, now, self } = this.#options;
    try {
      const probe = await probeStorage(luma, now, self);
      if (this.#stopped) return 0;
      if (!probe.stored) {
        this.#figures.probesFailed++;
        this.#reach('not-stored', probe.found);
        return this.#probeBackoff.next();
      }
      this.#probeBackoff.reset();
      await this.#live(probe.receipt);
    } catch (error) {
      this.#lose(error);
      if (error instanceof LumaFailure && LASTING.has(error.status)) return this.#probeBackoff.next();
    }
    return this.#connectBackoff.next();
  }

  async #live(receipt: TimedReceipt): Promise<void> {
    if (this.#wasConnected) this.#figures.reconnects++;
    this.#wasConnected = true;
    const session = new LinkSession();
    this.#session = session;
    this.#take(receipt);
    this.#reach('catching-up', '');
    const publishing = this.#publisher.run(session);
    try {
      await Promise.race([publishing, this.#follower.run(session)]);
    } finally {
      session.end();
      // A delta under way would say of what the next connection collects that it has been stored.
      await publishing.catch(() => undefined);
    }
  }

  #lose(error: unknown): void {
    const { luma, log } = this.#options;
    if (this.#stopped) return;
    if (!(error instanceof LumaFailure))
      log.error({ err: error }, 'a defect in the exchange between sidecars');
    luma.renew();
    this.#reach('away', error instanceof LumaFailure ? error.message : 'a defect; see the log');
  }

  /** What the store says of itself with each delta that it stores. */
  #take({ sentMs, receivedMs, storedAtMs, epoch }: TimedReceipt): void {
    const { source, log } = this.#options;
    const hasJumped = this.#clock.learn(sentMs, receivedMs, storedAtMs);
    const isNewLife = this.#epoch !== undefined && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (hasJumped) {
      this.#figures.clockJumps++;
      log.warn({}, "the clock of LumaDB's store has jumped; the window is told again");
    }
    if (isNewLife) {
      this.#figures.epochChanges++;
      log.warn({}, 'LumaDB has lost what sidecars had told each other; the window is told again');
    }
    if (hasJumped || isNewLife) {
      source.rewind();
      this.#follower.startAnew();
    } else this.#follower.cutIfSilent();
  }

  #reach(state: LinkState, detail: string): void {
    if (this.#stopped || (state === this.#state && detail === this.#detail)) return;
    this.#state = state;
    this.#detail = detail;
    if (state === 'reconciled') this.#connectBackoff.reset();
    const { log, onState } = this.#options;
    if (state === 'reconciled') log.info({}, 'the window is reconciled with those of the other sidecars');
    else if (detail === '') log.debug({ state }, 'reading what the other sidecars have told');
    else
      log.warn({ state, reason: detail }, 'the window is not reconciled; calls are checked by what is known');
    onState?.(state, detail);
  }
}

/** The store of a sidecar: PostgreSQL where one is configured, else the embedded one, else none. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredToken } from '../src/admission/access-token.js';
import { plainNumbers } from '../src/admission/number-privacy.js';
import type { Log, WallClock } from '../src/admission/ports.js';
import type {
  ActLog,
  AlertStore,
  AuditLog,
  Recorder,
  RuleStore,
  RuleWatch,
  StatisticsStore,
  StoreHealth,
  TokenStore,
} from '../src/admission/store-ports.js';
import type { DeadLetterStore, DeliveryQueue } from '../src/admission/webhook-ports.js';
import type { Config } from '../src/config.js';
import { AcmError, ConfigError } from '../src/errors.js';
import { AlertRecords } from '../src/store/alert-records.js';
import { AuditRecords } from '../src/store/audit-records.js';
import type { Database } from '../src/store/database.js';
import { DeadLetters } from '../src/store/dead-letters.js';
import { EmbeddedDatabase } from '../src/store/embedded-database.js';
import { Housekeeping } from '../src/store/housekeeping.js';
import { PostgresDatabase } from '../src/store/postgres-database.js';
import { RuleRecords } from '../src/store/rule-records.js';
import { StatisticsRecords } from '../src/store/statistics-records.js';
import { StoreLink } from '../src/store/store-link.js';
import { RECORD_CLASSES, StoreRecorder } from '../src/store/store-recorder.js';
import { TokenInbox } from '../src/store/token-inbox.js';
import { TokenRecords } from '../src/store/token-records.js';
import { WebhookNews } from '../src/store/webhook-news.js';
import { WebhookQueue } from '../src/store/webhook-queue.js';
import type { Admission } from './assemble-admission.js';
import { fingerprintOf, listenersOf } from './config-slices.js';

const DAY_MS = 86_400_000;
const HOUSEKEEPING_MS = 5_000;
const PAUSE_MS = 50;
const INBOX_MS = 1_000;
/** `ACM_DATA_DIR` for no store at all. */
const NO_STORE = 'none';

/** The store as the rest of a sidecar sees it. */
export interface ComposedStore {
  readonly recorder: Recorder;
  readonly alerts: AlertStore;
  readonly rules: RuleStore;
  readonly tokens: TokenStore;
  readonly audit: AuditLog & ActLog;
  readonly statistics: StatisticsStore;
  readonly deliveries: DeliveryQueue;
  readonly deadLetters: DeadLetterStore;
  readonly watch: RuleWatch;
  readonly health: StoreHealth;
  readonly outbox: OutboxFigures;
  /** Loads the rules into the admission, or gives up for now; then follows the store in the background. */
  start(admission: Admission): Promise<void>;
  /** Writes what waits, as far as it goes within the bound, and lets go of the store. */
  stop(boundMs: number): Promise<void>;
}

/** For metrics. */
export interface OutboxFigures {
  readonly classes: readonly string[];
  waiting(recordClass: string): number;
  dropped(recordClass: string, cause: 'full' | 'aged' | 'refused'): number;
  oldestAgeMs(): number;
  written(): number;
}

/** @throws ConfigError for an address that cannot be read, and for webhooks without a store. */
export function composeStore(config: Config, log: Log, wallClock: WallClock): ComposedStore {
  if (!isStoreless(config)) return composeRealStore(config, log, wallClock);
  if (config.file.webhooks.length > 0)
    throw new ConfigError([
      'ACM_CONFIG: webhooks: they need a store, which keeps what they have not been told yet; ACM_DATA_DIR is none',
    ]);
  return composeNoStore();
}

export function isStoreless({ databaseUrl, pgHost, dataDir }: Config): boolean {
  return databaseUrl === '' && pgHost === '' && dataDir === NO_STORE;
}

function composeRealStore(config: Config, log: Log, wallClock: WallClock): ComposedStore {
  const conceal = fingerprintOf(config) ?? plainNumbers;
  const open = openerOf(config);
  const date = (): Date => new Date();
  const sidecarId = randomUUID();
  const webhooks = new WebhookNews(listenersOf(config));
  let link: StoreLink | undefined;
  const database = (): Database => {
    if (link === undefined) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store is still starting');
    return link.database;
  };
  const recorder = new StoreRecorder({
    database,
    conceal,
    sidecarId,
    date,
    webhooks,
    log,
    flushMs: config.outboxFlushMs,
    now: () => performance.now(),
    schedule,
    random: Math.random,
  });
  const housekeeping = new Housekeeping({
    database,
    alertMs: config.alertRetentionDays * DAY_MS,
    auditMs: config.auditRetentionDays * DAY_MS,
    webhooks,
    now: date,
    log,
    pause: () => sleep(PAUSE_MS, undefined, { ref: false }),
  });
  const stopping = new AbortController();
  const tokens = new TokenRecords(database);
  return {
    recorder,
    alerts: new AlertRecords(database, conceal, webhooks),
    rules: new RuleRecords(database, conceal, date),
    tokens,
    audit: new AuditRecords(database),
    statistics: new StatisticsRecords(database, sidecarId),
    deliveries: new WebhookQueue(database),
    deadLetters: new DeadLetters(database),
    watch: {
      get revision() {
        return link?.revision ?? 0;
      },
      catchUp: () =>
        link?.catchUp() ??
        Promise.reject(new AcmError('ACM_STORE_UNAVAILABLE', 'the store is still starting')),
    },
    get health() {
      return link?.health ?? { kind: kindOf(config), state: 'starting', detail: '' };
    },
    outbox: figuresOf(recorder),
    async start({ book, state }) {
      link = new StoreLink({
        kind: kindOf(config),
        open,
        book,
        incidents: state.incidents,
        wallClock,
        log,
        now: date,
        sleep: (ms) => sleep(ms, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined),
        yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
        random: Math.random,
      });
      await link.start();
      void keepHouse(housekeeping, stopping.signal);
      if (kindOf(config) === 'embedded')
        void takeTokens(new TokenInbox(config.dataDir), tokens, link, log, stopping.signal);
    },
    async stop(boundMs) {
      const left = await recorder.outbox.flush(boundMs);
      if (left > 0) log.error({ records: left }, 'stopped before everything was written to the store');
      // Not before: who looks for a store that is away pauses in between, and without pauses nothing else has a turn.
      stopping.abort();
      await link?.stop();
    },
  };
}

async function keepHouse(housekeeping: Housekeeping, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await housekeeping.run();
    await sleep(HOUSEKEEPING_MS, undefined, { ref: false, signal }).catch(() => undefined);
  }
}

/** Takes up what `acm token init` has laid into the data directory. */
async function takeTokens(
  inbox: TokenInbox,
  tokens: TokenStore,
  watch: RuleWatch,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const keep = async (token: StoredToken): Promise<void> => {
    await tokens.add(token, { author: token.author, origin: 'command line, beside the data' });
    await watch.catchUp();
    log.warn({ tokenId: token.tokenId, holder: token.name }, 'a token was made beside the data');
  };
  while (!signal.aborted) {
    await inbox
      .take(keep)
      .catch((error: Error) => log.warn({ reason: error.message }, 'the new token cannot be taken now'));
    await sleep(INBOX_MS, undefined, { ref: false, signal }).catch(() => undefined);
  }
}

export function kindOf({ databaseUrl, pgHost }: Config): Database['kind'] {
  return databaseUrl !== '' || pgHost !== '' ? 'postgresql' : 'embedded';
}

/** @throws ConfigError for an address that cannot be read: that must not wait until the store is needed. */
export function openerOf(config: Config): () => Promise<Database> {
  const { databaseUrl, pgHost, pgPort, pgUser, pgPassword, pgDatabase, dataDir } = config;
  if (kindOf(config) === 'embedded') return () => EmbeddedDatabase.open(dataDir);
  const postgres = new PostgresDatabase(
    databaseUrl !== ''
      ? { connectionString: databaseUrl }
      : { host: pgHost, port: pgPort, user: pgUser, password: pgPassword, database: pgDatabase },
  );
  return async () => postgres;
}

function schedule(work: () => void, ms: number): { cancel(): void } {
  const timer = setTimeout(work, ms).unref();
  return { cancel: () => clearTimeout(timer) };
}

function figuresOf({ outbox }: StoreRecorder): OutboxFigures {
  return {
    classes: RECORD_CLASSES.map(({ name }) => name),
    waiting: (recordClass) => outbox.waiting(recordClass),
    dropped: (recordClass, cause) => outbox.dropped(recordClass, cause),
    oldestAgeMs: () => outbox.oldestAgeMs(performance.now()),
    written: () => outbox.written,
  };
}

/** Nothing is kept, and whoever asks is told why. */
function composeNoStore(): ComposedStore {
  const database = (): Database => {
    throw new AcmError('ACM_STORE_UNAVAILABLE', 'there is no store: ACM_DATA_DIR is none');
  };
  const ignore = (): void => undefined;
  return {
    recorder: {
      alert: ignore,
      flaggedCall: ignore,
      unflaggedCall: ignore,
      block: ignore,
      disconnect: ignore,
      minute: ignore,
      enforcement: ignore,
    },
    tokens: new TokenRecords(database),
    audit: new AuditRecords(database),
    alerts: new AlertRecords(database, plainNumbers, new WebhookNews([])),
    rules: new RuleRecords(database, plainNumbers, () => new Date()),
    statistics: new StatisticsRecords(database, ''),
    deliveries: new WebhookQueue(database),
    deadLetters: new DeadLetters(database),
    watch: { revision: 0, catchUp: () => Promise.resolve() },
    health: { kind: 'none', state: 'up', detail: '' },
    outbox: {
      classes: [],
      waiting: () => 0,
      dropped: () => 0,
      oldestAgeMs: () => 0,
      written: () => 0,
    },
    start: async ({ book }) => book.markLoaded(),
    stop: async () => undefined,
  };
}

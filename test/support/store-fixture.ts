/** The store for a contract suite: both databases, what a suite asks of them, and records to fill them with. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type Test } from 'uvu';
import type { AlertSnapshot, RecordedCall } from '../../src/admission/alert.js';
import { type Conceal, plainNumbers } from '../../src/admission/number-privacy.js';
import type { Page, PageRequest } from '../../src/admission/store-ports.js';
import type { RuleChanges, StoredBlock } from '../../src/admission/stored-rules.js';
import { alertStatements } from '../../src/store/alert-recording.js';
import { AlertRecords } from '../../src/store/alert-records.js';
import { AuditRecords } from '../../src/store/audit-records.js';
import type { Database } from '../../src/store/database.js';
import { EmbeddedDatabase } from '../../src/store/embedded-database.js';
import { migrate } from '../../src/store/migrate.js';
import { PostgresDatabase } from '../../src/store/postgres-database.js';
import { readChanges } from '../../src/store/rule-changes.js';
import { RuleRecords } from '../../src/store/rule-records.js';
import { TokenRecords } from '../../src/store/token-records.js';
import { WebhookNews } from '../../src/store/webhook-news.js';
import { type PostgresServer, startPostgres } from './postgres.js';

const NOON = Date.UTC(2026, 5, 1, 12);
export const DAY_MS = 86_400_000;
export const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
export const PAGE: PageRequest = { limit: 100, after: '' };
export const at = (ms: number): Date => new Date(NOON + ms);
export const CLOCK = { dateOf: at, monotonicMsOf: (date: Date): number => date.getTime() - NOON };

/** A database of one kind, made for a suite. */
interface Place {
  readonly kind: Database['kind'];
  open(): Promise<Database>;
  /** Another client of the same data; the embedded store has one only. */
  openAgain(): Promise<Database | undefined>;
  remove(): Promise<void>;
}

function embeddedPlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'acm-store-'));
  return {
    kind: 'embedded',
    open: () => EmbeddedDatabase.open(directory),
    openAgain: async () => undefined,
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

function postgresPlace(): Place {
  let server: PostgresServer | undefined;
  const open = async (): Promise<Database> => {
    server ??= await startPostgres();
    return new PostgresDatabase({ connectionString: server.url });
  };
  return {
    kind: 'postgresql',
    open,
    openAgain: open,
    remove: async () => server?.stop(),
  };
}

/** A store whose wall clock the test moves. */
export class StoreFixture {
  now = at(0);
  /** Who is told; nobody, unless a suite says so. */
  webhooks = new WebhookNews([]);
  readonly sidecarId = randomUUID();
  #database: Database | undefined;
  #other: Database | undefined;
  static #numbers = 0;

  get database(): Database {
    if (this.#database === undefined) throw new Error('the store is not open yet');
    return this.#database;
  }

  async open(place: Place): Promise<void> {
    this.#database = await place.open();
    this.#other = await place.openAgain();
    await migrate(this.#database, SILENT);
  }

  /** What another sidecar on the store works with; the same where there can be one only. */
  get otherDatabase(): Database {
    return this.#other ?? this.database;
  }

  async close(): Promise<void> {
    await Promise.all([this.database.close(), this.#other?.close()]);
  }

  /** A B-number that no other case has. */
  freshB(): string {
    return `23480${String(++StoreFixture.#numbers).padStart(8, '0')}`;
  }

  alerts(conceal: Conceal = plainNumbers): AlertRecords {
    return new AlertRecords(() => this.database, conceal, this.webhooks);
  }

  rules(conceal: Conceal = plainNumbers, database = this.database): RuleRecords {
    return new RuleRecords(
      () => database,
      conceal,
      () => this.now,
    );
  }

  tokens(): TokenRecords {
    return new TokenRecords(() => this.database);
  }

  audit(): AuditRecords {
    return new AuditRecords(() => this.database);
  }

  /** Writes incidents down as a sidecar does. */
  async save(
    snapshots: readonly AlertSnapshot[],
    sidecarId: string = this.sidecarId,
    conceal: Conceal = plainNumbers,
  ): Promise<void> {
    await this.database.run(alertStatements(snapshots, conceal, sidecarId, this.now, this.webhooks));
  }

  /** Every change of a rule since a revision, in pages of two rows. */
  async changesSince(revision: number): Promise<{ all: RuleChanges[]; reached: number }> {
    const all: RuleChanges[] = [];
    const keep = async (changes: RuleChanges): Promise<void> => void all.push(changes);
    return { all, reached: await readChanges(this.database, revision, 2, this.now, keep) };
  }
}

/** The cases of a suite, once for each database. */
export function onEachDatabase(
  name: string,
  cases: (test: Test, store: StoreFixture) => void,
): { run(): void } {
  const suites = [postgresPlace(), embeddedPlace()].map((place) => {
    const test = suite(`${name} on ${place.kind}`);
    const store = new StoreFixture();
    test.before(() => store.open(place));
    test.before.each(() => {
      store.now = at(0);
    });
    test.after(async () => {
      await store.close();
      await place.remove();
    });
    cases(test, store);
    return test;
  });
  return {
    run() {
      for (const each of suites) each.run();
    },
  };
}

/** Who changes rules in tests. */
export const BY = { author: 'ada', origin: 'test' };
export const SIGNED = { reason: 'because', author: 'ada', changedAt: at(0) };
export const TERMS = {
  windowMs: 3_000,
  threshold: 9,
  cooldownMs: 60_000,
  enforcement: 'shadow',
  autoBlock: false,
  blockMs: 7_200_000,
  autoDisconnect: true,
  anonymousCallers: 'one',
} as const;

export function snapshot(
  alertId: string,
  bNumber: string,
  overrides: Partial<AlertSnapshot> = {},
): AlertSnapshot {
  return {
    alertId,
    aliases: [],
    bNumber,
    severity: 'medium',
    effect: 'rejecting',
    distinctACount: 5,
    callCount: 5,
    detections: 1,
    windowStart: at(-5_000),
    windowEnd: at(0),
    openedAt: at(0),
    coolsAt: at(30_000),
    policy: {
      scope: 'default',
      revision: 0,
      windowSeconds: 5,
      threshold: 5,
      cooldownSeconds: 30,
      enforcement: 'enforce',
      autoBlock: true,
      autoDisconnect: false,
    },
    ...overrides,
  };
}

export function call(overrides: Partial<RecordedCall>): RecordedCall {
  return {
    callId: 'c',
    fromTag: '',
    aNumber: '15550000001',
    bNumber: '1',
    sourceIp: '192.0.2.7',
    switchId: 'sw',
    trunk: '',
    calledAt: at(0),
    decision: 'allow',
    reason: 'none',
    sipStatus: 0,
    sipReason: '',
    alertId: '',
    ...overrides,
  };
}

export function block(aNumber: string, bNumber: string, expiresAt = at(60_000)): StoredBlock {
  return { aNumber, bNumber, expiresAt, alertId: '', ...SIGNED };
}

export async function allPages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let after = '';
  do {
    const page = await list({ limit, after });
    items.push(...page.items);
    after = page.next;
  } while (after !== '');
  return items;
}

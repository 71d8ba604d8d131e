/** Recorder over an outbox: takes records at once, and writes them to the store in batches. */
import type { Actor } from '../admission/access.js';
import type { AlertSnapshot, RecordedCall, RecordedDisconnect } from '../admission/alert.js';
import type { Conceal } from '../admission/number-privacy.js';
import type { MinuteOfChecks, Recorder } from '../admission/store-ports.js';
import type { EnforcementSwitch, StoredBlock } from '../admission/stored-rules.js';
import { alertStatements } from './alert-recording.js';
import { makeAudited } from './audited-change.js';
import type { Database, Statement } from './database.js';
import { UNFLAGGED_MS } from './housekeeping.js';
import { Outbox, type OutboxClass, type OutboxOptions } from './outbox.js';
import { enforcementSwitching } from './policy-edits.js';
import { callStatements, disconnectStatements, minuteStatements } from './recording.js';
import { blockStatement, NEXT_REVISION } from './rule-writes.js';
import type { WebhookNews } from './webhook-news.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The most important first: a full outbox drops from the end. */
export const RECORD_CLASSES = [
  { name: 'enforcement', countMax: 1, ageMsMax: DAY_MS },
  { name: 'alert', countMax: 20_000, ageMsMax: DAY_MS },
  { name: 'block', countMax: 50_000, ageMsMax: DAY_MS },
  { name: 'evidence', countMax: 50_000, ageMsMax: HOUR_MS },
  { name: 'disconnect', countMax: 10_000, ageMsMax: HOUR_MS },
  { name: 'call', countMax: 20_000, ageMsMax: UNFLAGGED_MS },
  { name: 'minute', countMax: 1_440, ageMsMax: DAY_MS },
] as const satisfies readonly OutboxClass[];

const TOTAL_MAX = 100_000;
/** Small enough that putting a batch together delays no call by more than a fraction of a millisecond. */
const BATCH_MAX = 200;

/** What is recorded, by its class. */
interface Records {
  readonly enforcement: Switching;
  readonly alert: AlertSnapshot;
  readonly block: StoredBlock;
  readonly evidence: RecordedCall;
  readonly disconnect: RecordedDisconnect;
  readonly call: RecordedCall;
  readonly minute: MinuteOfChecks;
}

/** The switch, and who threw it. */
interface Switching {
  readonly change: EnforcementSwitch;
  readonly by: Actor;
}

/** One record on its way to the store. */
type StoreRecord = {
  readonly [Kind in keyof Records]: { readonly kind: Kind; readonly record: Records[Kind] };
}[keyof Records];

export interface StoreRecorderOptions
  extends Pick<OutboxOptions<StoreRecord>, 'flushMs' | 'now' | 'schedule' | 'random' | 'log'> {
  /** Throws ACM_STORE_UNAVAILABLE while there is none. */
  readonly database: () => Database;
  readonly conceal: Conceal;
  /** Tells what this sidecar saw from what others saw of the same alert; a UUID, made anew at each start. */
  readonly sidecarId: string;
  readonly date: () => Date;
  readonly webhooks: WebhookNews;
}

export class StoreRecorder implements Recorder {
  readonly outbox: Outbox<StoreRecord>;

  constructor(options: StoreRecorderOptions) {
    const { flushMs, now, schedule, random, log } = options;
    this.outbox = new Outbox({
      classes: RECORD_CLASSES,
      totalMax: TOTAL_MAX,
      batchMax: BATCH_MAX,
      flushMs,
      now,
      schedule,
      random,
      log,
      write: (batch) => writeBatch(batch, options),
    });
  }

  alert(record: AlertSnapshot): void {
    this.outbox.put('alert', { kind: 'alert', record }, record.alertId);
  }

  flaggedCall(record: RecordedCall): void {
    this.outbox.put('evidence', { kind: 'evidence', record });
  }

  unflaggedCall(record: RecordedCall): void {
    this.outbox.put('call', { kind: 'call', record });
  }

  block(record: StoredBlock): void {
    this.outbox.put('block', { kind: 'block', record }, `${record.bNumber}\n${record.aNumber}`);
  }

  disconnect(record: RecordedDisconnect): void {
    this.outbox.put('disconnect', { kind: 'disconnect', record });
  }

  minute(record: MinuteOfChecks): void {
    this.outbox.put('minute', { kind: 'minute', record });
  }

  enforcement(change: EnforcementSwitch, by: Actor): void {
    this.outbox.put('enforcement', { kind: 'enforcement', record: { change, by } }, 'enforcement');
  }
}

/** The switch goes into the audit log, so it has a transaction of its own. */
async function writeBatch(batch: readonly StoreRecord[], options: StoreRecorderOptions): Promise<void> {
  const { database, date } = options;
  for (const { change, by } of recordsOf(batch, 'enforcement'))
    await makeAudited(database(), enforcementSwitching(change), by, date());
  const statements = statementsFor(batch, options);
  if (statements.length > 0) await database().run(statements);
}

/** Rules come first: their row lock is had before any other, by every sidecar in the same order. */
function statementsFor(
  batch: readonly StoreRecord[],
  { conceal, sidecarId, date, webhooks }: StoreRecorderOptions,
): Statement[] {
  const blocks = recordsOf(batch, 'block');
  const alerts = recordsOf(batch, 'alert');
  const evidence = recordsOf(batch, 'evidence');
  const disconnects = recordsOf(batch, 'disconnect');
  const calls = recordsOf(batch, 'call');
  return [
    ...(blocks.length > 0 ? [NEXT_REVISION, blockStatement(blocks, conceal, true)] : []),
    ...(alerts.length > 0 ? alertStatements(alerts, conceal, sidecarId, date(), webhooks) : []),
    ...(evidence.length > 0 ? callStatements(evidence, true, conceal) : []),
    ...(disconnects.length > 0 ? disconnectStatements(disconnects) : []),
    ...(calls.length > 0 ? callStatements(calls, false, conceal) : []),
    ...minuteStatements(recordsOf(batch, 'minute'), sidecarId),
  ];
}

function recordsOf<Kind extends keyof Records>(batch: readonly StoreRecord[], kind: Kind): Records[Kind][] {
  return batch.filter((each) => each.kind === kind).map((each) => each.record as Records[Kind]);
}

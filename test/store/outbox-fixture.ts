/** An outbox of texts whose store answers as the test says, in a time that the test moves. */
import type { Log } from '../../src/admission/ports.js';
import { AcmError } from '../../src/errors.js';
import { DatabaseRefusal } from '../../src/store/database.js';
import { Outbox, type OutboxOptions } from '../../src/store/outbox.js';
import { ManualTime } from './manual-time.js';

export const away = (): AcmError => new AcmError('ACM_STORE_UNAVAILABLE', 'the store is away');
export const refusal = (): AcmError => new DatabaseRefusal('22001', 'the value is too long');

/** What the store does with a batch: takes it, or fails; or a promise of that. */
export type Answer = (batch: readonly string[]) => Error | undefined | Promise<Error | undefined>;

export interface LogLine {
  readonly level: string;
  readonly fields: Record<string, unknown>;
}

export function setUpOutbox(options: Partial<OutboxOptions<string>> = {}) {
  const time = new ManualTime();
  const lines: LogLine[] = [];
  const logAs = (level: string) => (fields: object) =>
    void lines.push({ level, fields: fields as Record<string, unknown> });
  const log: Log = {
    debug: logAs('debug'),
    info: logAs('info'),
    warn: logAs('warn'),
    error: logAs('error'),
  };
  const store = { answer: ((): undefined => undefined) as Answer, batches: [] as string[][] };
  const outbox = new Outbox<string>({
    classes: [
      { name: 'alert', countMax: 10, ageMsMax: 60_000 },
      { name: 'call', countMax: 10, ageMsMax: 10_000 },
      { name: 'minute', countMax: 10, ageMsMax: 10_000 },
    ],
    write: async (batch) => {
      const failure = await store.answer(batch);
      if (failure !== undefined) throw failure;
      store.batches.push([...batch]);
    },
    flushMs: 100,
    batchMax: 4,
    totalMax: 15,
    now: time.now,
    schedule: time.schedule,
    random: () => 1,
    log,
    ...options,
  });
  return { outbox, time, store, lines };
}

/** An answer that the test gives later. */
export function postponed(): { answer: Answer; give: (failure?: Error) => void } {
  let give: (failure?: Error) => void = () => undefined;
  const promise = new Promise<Error | undefined>((resolve) => {
    give = resolve;
  });
  return { answer: () => promise, give };
}

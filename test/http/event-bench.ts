/** Streams in a time of their own, and clients that take what they are sent or do not. */
import * as assert from 'uvu/assert';
import type { Caller } from '../../src/admission/access.js';
import { choiceOf, EventFeed, type FeedLimits } from '../../src/admission/event-feed.js';
import { EVENT_TYPES, type EventType } from '../../src/admission/feed-event.js';
import { feedFrame } from '../../src/http/event-frames.js';
import { type EventSink, EventStreams } from '../../src/http/event-streams.js';
import { type LogLine, recordingLog } from '../admission/admission-fixture.js';

export const ALL = choiceOf(EVENT_TYPES);
const LIMITS: FeedLimits = { keptMax: 50, bytesMax: 1_000_000, ageMsMax: 300_000, batchBytes: 65_536 };
/** What a write costs in these tests, in milliseconds. */
export const WRITE_MS = 0.03;

/** Whoever shows the token of this id. */
export function holderOf(tokenId: string): Caller {
  return { kind: 'token', name: tokenId, tokenId, scopes: new Set(['alerts:read']), origin: 'test' };
}

/** Time passes when the test says so, and with each write. */
export class EventBench {
  nowMs = 0;
  readonly logged: LogLine[] = [];
  readonly feed = new EventFeed({ life: 'life', encode: feedFrame, nowMs: () => this.nowMs }, LIMITS);
  readonly streams: EventStreams;
  /** When each slice began, and how long it took. */
  readonly slices: { readonly beganMs: number; readonly tookMs: number }[] = [];
  #due: { readonly atMs: number; readonly work: () => void }[] = [];
  #alerts = 0;

  constructor(clientsMax = 1_000) {
    const parts = {
      feed: this.feed,
      log: recordingLog(this.logged),
      nowMs: () => this.nowMs,
      later: (work: () => void, ms: number) => void this.#due.push({ atMs: this.nowMs + ms, work }),
      random: () => 0.5,
    };
    this.streams = new EventStreams(parts, clientsMax);
  }

  connect(choice = ALL, lastEventId?: string, caller = holderOf('a')): FakeSink {
    const sink = new FakeSink(this);
    sink.leave = this.streams.open(sink, { choice, lastEventId, requestId: 'r', caller });
    return sink;
  }

  /** Tells of a changed alert; alerts are numbered. */
  publish(type: EventType = 'alert', count = 1): void {
    const at = new Date(0);
    for (let i = 0; i < count; i++) {
      if (type === 'alert')
        this.feed.publish({ type, what: 'settled', at, alertId: `${++this.#alerts}`, bNumber: '234' });
      else this.feed.publish({ type: 'threats', at, threats: [] });
    }
  }

  advance(ms: number): void {
    const until = this.nowMs + ms;
    for (;;) {
      this.#due.sort((one, other) => one.atMs - other.atMs);
      const next = this.#due[0];
      if (next === undefined || next.atMs > until) break;
      this.#due.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      const beganMs = this.nowMs;
      next.work();
      this.slices.push({ beganMs, tookMs: this.nowMs - beganMs });
    }
    this.nowMs = Math.max(this.nowMs, until);
  }

  get isIdle(): boolean {
    return this.#due.length === 0;
  }
}

export class FakeSink implements EventSink {
  unsent = 0;
  /** Whether what is written leaves at once. */
  takes = true;
  ended = false;
  writes = 0;
  text = '';
  leave: () => void = () => undefined;

  constructor(private readonly bench: EventBench) {}

  write(bytes: Uint8Array): void {
    assert.not(this.ended, 'nothing follows the last event');
    this.bench.nowMs += WRITE_MS;
    this.writes++;
    this.text += Buffer.from(bytes).toString();
    if (!this.takes) this.unsent += bytes.length;
  }

  end(bytes: Uint8Array): void {
    this.write(bytes);
    this.ended = true;
  }

  /** The numbers of the alerts that have come. */
  get alerts(): number[] {
    return [...this.text.matchAll(/"alert_id":"(\d+)"/g)].map(([, id]) => Number(id));
  }

  /** Names of the events that have come. */
  get events(): string[] {
    return [...this.text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  }
}

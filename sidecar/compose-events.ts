/** The feed of events, who publishes into it, and the streams that carry it over HTTP. */
import { randomBytes } from 'node:crypto';
import { AlertEvents } from '../src/admission/alert-events.js';
import { EventFeed } from '../src/admission/event-feed.js';
import { LiveFigures } from '../src/admission/live-figures.js';
import type { Log, WallClock } from '../src/admission/ports.js';
import { currentThreats } from '../src/admission/threats.js';
import { feedFrame } from '../src/http/event-frames.js';
import { EventStreams } from '../src/http/event-streams.js';
import type { Admission } from './assemble-admission.js';

const FIGURES_MS = 1_000;

export interface EventParts {
  readonly log: Log;
  readonly wallClock: WallClock;
  readonly now: () => Date;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

export function composeEvents({ log, wallClock, now, nowMs }: EventParts) {
  const feed = new EventFeed({ life: randomBytes(4).toString('hex'), encode: feedFrame, nowMs });
  const streams = new EventStreams({
    feed,
    log,
    nowMs,
    later: (work, ms) => void setTimeout(work, ms).unref(),
    random: Math.random,
  });
  return {
    alerts: new AlertEvents(feed, now),
    streams,
    /** Tells of threats and statistics from now on. @returns what ends it. */
    follow({ state, calls }: Admission): () => void {
      const figures = new LiveFigures({
        feed,
        isHeard: () => streams.clients > 0,
        state,
        calls,
        threats: (limit) => currentThreats({ state, wallClock, nowMs }, limit),
        log,
        now,
        nowMs,
      });
      const timer = setInterval(() => figures.tick(), FIGURES_MS);
      return () => clearInterval(timer);
    },
  };
}

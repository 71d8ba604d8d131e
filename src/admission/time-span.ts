/** Spans of time that statistics are asked for, and the steps that their series are drawn in. */
import { InvalidFieldError } from '../errors.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const SPAN_MINUTES_MAX = 43_200;
/** A series has at most so many steps, and one more that has only begun. */
const STEPS_MAX = 120;

/** How finely counts are kept, and for how long a span. */
export interface Resolution {
  readonly slotMs: number;
  readonly spanMsMax: number;
}

/** The finest first. A step of a series is made of whole slots. */
export const RESOLUTIONS = [
  { slotMs: 1_000, spanMsMax: 5 * MINUTE_MS },
  { slotMs: MINUTE_MS, spanMsMax: DAY_MS },
  { slotMs: HOUR_MS, spanMsMax: SPAN_MINUTES_MAX * MINUTE_MS },
] as const satisfies readonly Resolution[];

/** Milliseconds since 1970. */
export interface TimeSpan {
  /** A multiple of the step, so that the steps of one answer are those of the next. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly resolution: Resolution;
}

/**
 * The span of the last minutes, up to now and longer than that by less than one step.
 * @param minutes 1 to 43,200.
 * @throws InvalidFieldError
 */
export function lastMinutes(minutes: number, nowMs: number): TimeSpan {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > SPAN_MINUTES_MAX)
    throw new InvalidFieldError('minutes', `takes a whole number from 1 to ${SPAN_MINUTES_MAX}`);
  const spanMs = minutes * MINUTE_MS;
  const resolution = RESOLUTIONS.find(({ spanMsMax }) => spanMs <= spanMsMax) ?? RESOLUTIONS[2];
  const stepMs = stepOf(spanMs, resolution);
  return { fromMs: Math.floor((nowMs - spanMs) / stepMs) * stepMs, toMs: nowMs, stepMs, resolution };
}

/** How many slots the longest span of a resolution touches: it begins up to a step early, and ends within a slot. */
export function slotsOf(resolution: Resolution): number {
  return (resolution.spanMsMax + stepOf(resolution.spanMsMax, resolution)) / resolution.slotMs + 1;
}

/** When each step of a span begins; the last may not be over yet. */
export function stepsOf({ fromMs, toMs, stepMs }: TimeSpan): number[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, (_, step) => fromMs + step * stepMs);
}

function stepOf(spanMs: number, { slotMs }: Resolution): number {
  return Math.ceil(spanMs / slotMs / STEPS_MAX) * slotMs;
}

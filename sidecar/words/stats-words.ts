/** Statistics in words. */
import {
  type CheckLatency,
  type GetStatsHistoryResponse,
  type StatsPoint,
  StatsScope,
} from '../../src/gen/acm/v1/stats.js';
import { atSecond } from './times.js';

/** A line of a terminal holds so many marks, and what stands before and after them. */
const MARKS_MAX = 61;
const NOTHING = '.';
const MARKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const WHOSE: Readonly<Record<StatsScope, string>> = {
  [StatsScope.UNSPECIFIED]: '',
  [StatsScope.SIDECAR]: 'this sidecar alone, since it started',
  [StatsScope.ALL]: 'all sidecars on the store',
};

export function historyInWords(history: GetStatsHistoryResponse): string {
  const { figures, points } = history;
  if (figures === undefined) return '';
  const percent = `${readable(figures.detectionRate * 100)} % of the checks`;
  return [
    line('Whose', WHOSE[history.scope]),
    line('When', `${atSecond(history.from)} to ${atSecond(history.to)}`),
    ...unknownTime(history),
    line('Checks', `${whole(figures.checks)}, ${readable(history.checksPerSecond)} a second`),
    line(
      'Detections',
      `${whole(figures.detections)}, ${readable(history.detectionsPerSecond)} a second, ${percent}`,
    ),
    line('Verdicts', `${whole(figures.rejected)} rejected, ${whole(figures.observed)} only observed`),
    line('Alerts', `${whole(figures.alerts)} opened`),
    line('Latency', latencyInWords(figures.latency)),
    ...course('Checks/s', points, ({ checks }) => checks),
    ...course('Masked/s', points, ({ detections }) => detections),
  ].join('\n');
}

function line(title: string, text: string): string {
  return title.padEnd(12) + text;
}

function unknownTime({ from, completeSince }: GetStatsHistoryResponse): string[] {
  if (from === undefined || completeSince === undefined || completeSince <= from) return [];
  return [line('', `nothing is known of the time before ${atSecond(completeSince)}`)];
}

function latencyInWords(latency: CheckLatency | undefined): string {
  if (latency === undefined) return 'not measured';
  const percentiles = `p50 ${inMs(latency.p50Ms)}, p95 ${inMs(latency.p95Ms)}, p99 ${inMs(latency.p99Ms)} (estimated)`;
  return `${percentiles}, average ${inMs(latency.averageMs)}, longest ${inMs(latency.maxMs)}`;
}

/** How a rate went over time, the oldest first; nothing for a single point, or where all are 0. */
function course(
  title: string,
  points: readonly StatsPoint[],
  count: (point: StatsPoint) => number,
): string[] {
  const size = Math.ceil(points.length / MARKS_MAX);
  const rates = Array.from({ length: Math.ceil(points.length / (size || 1)) }, (_, place) => {
    const together = points.slice(place * size, (place + 1) * size);
    const seconds = together.reduce((sum, point) => sum + point.seconds, 0);
    return together.reduce((sum, point) => sum + count(point), 0) / seconds;
  });
  const highest = Math.max(0, ...rates);
  if (rates.length < 2 || highest === 0) return [];
  const marks = rates.map((rate) =>
    rate === 0 ? NOTHING : MARKS[Math.ceil((rate / highest) * MARKS.length) - 1],
  );
  return [line(title, `${marks.join('')} up to ${readable(highest)}`)];
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}

/** To three digits. */
function readable(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function inMs(ms: number): string {
  return `${readable(ms)} ms`;
}

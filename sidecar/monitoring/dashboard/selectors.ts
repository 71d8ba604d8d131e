/** The series of a job that the dashboard's variables choose. */
import type { Query } from './panel.js';

type Job = 'acm-sidecar' | 'acm-sip-agent' | 'acm-gateway';

/** Targets without a namespace (anywhere but on Kubernetes) are chosen by its "All". */
const CHOSEN = 'namespace=~"$namespace",instance=~"$instance"';

function seriesOf(job: Job) {
  return (metric: string, matchers = ''): string =>
    `${metric}{job="${job}",${CHOSEN}${matchers === '' ? '' : `,${matchers}`}}`;
}

export const ofSidecar = seriesOf('acm-sidecar');
export const ofAgent = seriesOf('acm-sip-agent');
export const ofGateway = seriesOf('acm-gateway');

/** Of all three. */
export function ofAll(metric: string, matchers = ''): string {
  return `${metric}{job=~"acm-(sidecar|sip-agent|gateway)",${CHOSEN}${matchers === '' ? '' : `,${matchers}`}}`;
}

/** A second, over as short a time as the distance of scrapes allows. */
export function perSecond(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** How many there were between two points of a graph. */
export function added(series: string): string {
  return `increase(${series}[$__rate_interval])`;
}

/** Percentiles of a histogram, all chosen processes together. @param buckets its `_bucket` series. */
export function percentiles(buckets: string, prefix = ''): Query[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (${perSecond(buckets)}))`,
    legend: `${prefix}p${share * 100}`,
  }));
}

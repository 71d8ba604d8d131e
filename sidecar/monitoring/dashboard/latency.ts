/** How long verdicts take. */
import type { Row } from './panel.js';
import { added, ofAgent, ofSidecar, percentiles, perSecond } from './selectors.js';

export const latency: Row = {
  title: 'Latency',
  panels: [
    {
      title: 'Checks by their time',
      description: 'From the decoded request to its verdict. A check takes a small part of a millisecond.',
      kind: 'heatmap',
      unit: 's',
      queries: [
        {
          expr: `sum by (le) (${added(ofSidecar('acm_detection_latency_seconds_bucket'))})`,
          legend: '{{le}}',
        },
      ],
      width: 12,
    },
    {
      title: 'Verdicts by their time, as SIP agents wait for them',
      description:
        'From an INVITE to its verdict; after ACM_CHECK_DEADLINE_MS (20 ms) the call goes on without.',
      kind: 'heatmap',
      unit: 's',
      queries: [
        { expr: `sum by (le) (${added(ofAgent('acm_sip_check_latency_seconds_bucket'))})`, legend: '{{le}}' },
      ],
      width: 12,
    },
    {
      title: 'Percentiles of checks',
      description: 'All chosen sidecars together.',
      kind: 'series',
      unit: 's',
      queries: percentiles(ofSidecar('acm_detection_latency_seconds_bucket')),
      limits: { orange: 0.005, red: 0.01 },
      alert: 'HighDetectionLatency',
    },
    {
      title: 'p99 of checks, and their mean',
      description: 'Of each sidecar.',
      kind: 'series',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (instance, le) (${perSecond(ofSidecar('acm_detection_latency_seconds_bucket'))}))`,
          legend: '{{instance}} p99',
        },
        {
          expr: `sum by (instance) (${perSecond(ofSidecar('acm_detection_latency_seconds_sum'))}) / sum by (instance) (${perSecond(ofSidecar('acm_detection_latency_seconds_count'))})`,
          legend: '{{instance}} mean',
        },
      ],
      limits: { orange: 0.005, red: 0.01 },
      alert: 'CriticalDetectionLatency',
    },
    {
      title: 'Percentiles of verdicts at SIP agents',
      description: 'With the way there and back, and what waiting for the processor takes on both sides.',
      kind: 'series',
      unit: 's',
      queries: percentiles(ofAgent('acm_sip_check_latency_seconds_bucket')),
      limits: { orange: 0.01, red: 0.02 },
      alert: 'HighDetectionLatency',
    },
  ],
};

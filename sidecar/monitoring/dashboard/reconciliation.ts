/** What sidecars tell each other. */
import type { Row } from './panel.js';
import { added, ofSidecar, percentiles, perSecond } from './selectors.js';

const TROUBLES = [
  ['acm_reconcile_publish_failures_total', 'not stored, told again'],
  ['acm_reconcile_probes_failed_total', 'probes that failed'],
  ['acm_reconcile_reconnects_total', 'connections made again'],
  ['acm_reconcile_streams_total', 'streams opened'],
  ['acm_reconcile_clock_jumps_total', 'jumps of a clock'],
  ['acm_reconcile_epochs_total', 'epochs'],
] as const;

export const reconciliation: Row = {
  title: 'Reconciliation',
  collapsed: true,
  panels: [
    {
      title: 'State',
      description: 'Sidecars in each state of the exchange.',
      kind: 'stacked',
      unit: 'short',
      queries: [{ expr: `sum by (state) (${ofSidecar('acm_reconcile_state')})`, legend: '{{state}}' }],
      alert: 'ReconcileLag',
    },
    {
      title: 'Others',
      description: 'Other sidecars whose news is expected, as each sees it.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_reconcile_peers'), legend: '{{instance}}' }],
      alert: 'ReconcileLag',
    },
    {
      title: 'Age of the oldest news',
      description: 'Among the other sidecars that are expected to report.',
      kind: 'series',
      unit: 's',
      queries: [{ expr: ofSidecar('acm_reconcile_state_age_seconds'), legend: '{{instance}}' }],
      limits: { orange: 1, red: 5 },
      alert: 'ReconcileLag',
    },
    {
      title: 'News by its time',
      description: "From another sidecar's sending a delta to its being counted.",
      kind: 'heatmap',
      unit: 's',
      queries: [
        { expr: `sum by (le) (${added(ofSidecar('acm_reconcile_lag_seconds_bucket'))})`, legend: '{{le}}' },
      ],
    },
    {
      title: 'Percentiles of that',
      description: 'All chosen sidecars together.',
      kind: 'series',
      unit: 's',
      queries: percentiles(ofSidecar('acm_reconcile_lag_seconds_bucket')),
      limits: { orange: 0.3, red: 1 },
      alert: 'ReconcileLag',
    },
    {
      title: 'Calls told and heard of',
      description: 'A second.',
      kind: 'series',
      unit: 'cps',
      queries: [
        {
          expr: `sum by (instance, direction) (${perSecond(ofSidecar('acm_reconcile_calls_total'))})`,
          legend: '{{instance}} {{direction}}',
        },
      ],
    },
    {
      title: 'Deltas',
      description: 'A second, without those that were not taken.',
      kind: 'series',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (direction) (${perSecond(ofSidecar('acm_reconcile_deltas_total'))})`,
          legend: '{{direction}}',
        },
      ],
    },
    {
      title: 'Bytes',
      description: "Of these deltas, without gRPC's own.",
      kind: 'series',
      unit: 'Bps',
      queries: [
        {
          expr: `sum by (direction) (${perSecond(ofSidecar('acm_reconcile_bytes_total'))})`,
          legend: '{{direction}}',
        },
      ],
    },
    {
      title: 'What went wrong and was made good',
      description: 'And how often. One connection and one stream belong to each start.',
      kind: 'stacked',
      unit: 'short',
      queries: TROUBLES.map(([metric, legend]) => ({ expr: `sum(${added(ofSidecar(metric))})`, legend })),
      alert: 'ReconcileLag',
    },
    {
      title: 'News not taken',
      description: 'Deltas of others by cause, and news that was not told or not taken.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (cause) (${added(ofSidecar('acm_reconcile_deltas_dropped_total'))})`,
          legend: 'deltas: {{cause}}',
        },
        { expr: `sum by (what) (${added(ofSidecar('acm_reconcile_dropped_total'))})`, legend: '{{what}}' },
      ],
      alert: 'ReconcileLag',
    },
  ],
};

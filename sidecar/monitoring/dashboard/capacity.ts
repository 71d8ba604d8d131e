/** How much room is left. */
import type { Row } from './panel.js';
import { added, ofAll, ofSidecar, perSecond } from './selectors.js';

const OVERFLOWS = [
  ['acm_window_evictions_total', 'window'],
  ['acm_window_call_overflows_total', 'calls in the window'],
  ['acm_attempt_overflows_total', 'attempts'],
  ['acm_call_overflows_total', 'calls in progress'],
  ['acm_incident_overflows_total', 'incidents'],
  ['acm_block_overflows_total', 'blocks'],
  ['acm_allowlist_overflows_total', 'allowlist'],
  ['acm_policy_overflows_total', 'policies'],
  ['acm_aftermath_dropped_total', 'detections'],
] as const;

export const capacity: Row = {
  title: 'Capacity',
  panels: [
    {
      title: 'How full the window is',
      description:
        'Live pairs of A- and B-number, of ACM_WINDOW_CAPACITY. Beyond it the oldest are not counted.',
      kind: 'series',
      unit: 'percentunit',
      queries: [
        {
          expr: `${ofSidecar('acm_window_pairs')} / ${ofSidecar('acm_window_capacity')}`,
          legend: '{{instance}}',
        },
      ],
      limits: { orange: 0.9, red: 1 },
      alert: 'WindowOverflow',
    },
    {
      title: 'What did not fit',
      description: 'What was forgotten or is not in force for want of room. It should be nothing.',
      kind: 'stacked',
      unit: 'short',
      queries: OVERFLOWS.map(([metric, legend]) => ({ expr: `sum(${added(ofSidecar(metric))})`, legend })),
      alert: 'WindowOverflow',
    },
    {
      title: 'What is remembered',
      description: 'Pairs in the window, attempts (32 s of them), and calls in progress, of all sidecars.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: `sum(${ofSidecar('acm_window_pairs')})`, legend: 'pairs' },
        { expr: `sum(${ofSidecar('acm_attempts_remembered')})`, legend: 'attempts' },
        { expr: `sum(${ofSidecar('acm_calls_in_progress')})`, legend: 'calls in progress' },
      ],
    },
    {
      title: 'Memory',
      description: 'What each process takes of what it may use.',
      kind: 'series',
      unit: 'percentunit',
      queries: [
        {
          expr: `${ofAll('process_resident_memory_bytes')} / ${ofAll('acm_memory_limit_bytes')}`,
          legend: '{{job}} {{instance}}',
        },
      ],
      limits: { orange: 0.85, red: 1 },
      alert: 'HighMemory',
    },
    {
      title: 'Memory in bytes',
      description: 'Resident memory, and what of it is JavaScript.',
      kind: 'series',
      unit: 'bytes',
      queries: [
        { expr: ofAll('process_resident_memory_bytes'), legend: '{{job}} {{instance}}' },
        { expr: ofAll('nodejs_heap_size_used_bytes'), legend: '{{job}} {{instance}} heap' },
      ],
      alert: 'HighMemory',
    },
    {
      title: 'Processor',
      description: 'Of one processor. Checks run in one thread, so a sidecar is full at 1.',
      kind: 'series',
      unit: 'percentunit',
      queries: [{ expr: perSecond(ofAll('process_cpu_seconds_total')), legend: '{{job}} {{instance}}' }],
      limits: { orange: 0.7, red: 0.9 },
      alert: 'HighDetectionLatency',
    },
    {
      title: 'Event loop',
      description:
        'How late the event loop is (p99). It is looked at every 10 ms, so 10 to 12 ms mean that nothing is in its way.',
      kind: 'series',
      unit: 's',
      queries: [{ expr: ofAll('nodejs_eventloop_lag_p99_seconds'), legend: '{{job}} {{instance}}' }],
      limits: { orange: 0.05, red: 0.1 },
      alert: 'HighDetectionLatency',
    },
    {
      title: 'Garbage collection',
      description: 'Share of the time that it takes, by kind.',
      kind: 'stacked',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum by (instance, kind) (${perSecond(ofSidecar('nodejs_gc_duration_seconds_sum'))})`,
          legend: '{{instance}} {{kind}}',
        },
      ],
    },
    {
      title: 'Running for',
      description: 'Since when each process has been running.',
      kind: 'series',
      unit: 'dtdurations',
      queries: [{ expr: `time() - ${ofAll('process_start_time_seconds')}`, legend: '{{job}} {{instance}}' }],
      alert: 'RecentRestart',
    },
  ],
};

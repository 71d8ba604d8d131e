/** The store, and what waits for it. */
import type { Row } from './panel.js';
import { added, ofSidecar, perSecond } from './selectors.js';

export const store: Row = {
  title: 'Store and outbox',
  collapsed: true,
  panels: [
    {
      title: 'Store and rules',
      description: 'Whether the store answers, and whether its policies, allowlist and blocks are in force.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: ofSidecar('acm_store_up'), legend: '{{instance}} store' },
        { expr: ofSidecar('acm_rules_loaded'), legend: '{{instance}} rules' },
      ],
      alert: 'StoreDown',
    },
    {
      title: 'Waiting',
      description: 'Records that wait to be written, by class.',
      kind: 'stacked',
      unit: 'short',
      queries: [{ expr: `sum by (class) (${ofSidecar('acm_outbox_waiting')})`, legend: '{{class}}' }],
      alert: 'StoreOutboxGrowing',
    },
    {
      title: 'Waiting since',
      description: 'Age of the oldest record that waits.',
      kind: 'series',
      unit: 's',
      queries: [{ expr: ofSidecar('acm_outbox_oldest_seconds'), legend: '{{instance}}' }],
      limits: { orange: 60, red: 3_600 },
      alert: 'StoreOutboxGrowing',
    },
    {
      title: 'Written',
      description: 'Records that the store has committed, a second.',
      kind: 'stacked',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (instance) (${perSecond(ofSidecar('acm_outbox_written_total'))})`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Given up',
      description: 'Records that are lost: there was no room, they were too old, or the store refused them.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (class, cause) (${added(ofSidecar('acm_outbox_dropped_total'))})`,
          legend: '{{class}} {{cause}}',
        },
      ],
      alert: 'StoreOutboxGrowing',
    },
    {
      title: 'Unflagged calls not written down',
      description: 'With ACM_RECORD_CALLS=all, when there are too many of them.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (instance) (${added(ofSidecar('acm_journal_dropped_total'))})`,
          legend: '{{instance}}',
        },
      ],
    },
  ],
};

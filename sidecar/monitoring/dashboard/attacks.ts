/** What attacks there were, and what became of their calls. */
import type { Row } from './panel.js';
import { added, ofSidecar, perSecond } from './selectors.js';

export const attacks: Row = {
  title: 'Attacks',
  panels: [
    {
      title: 'Attacks by severity',
      description: 'Alerts opened, by the severity that they began with.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (severity) (${added(ofSidecar('acm_alerts_generated_total'))})`,
          legend: '{{severity}}',
        },
      ],
      alert: 'CallMaskingSpike',
    },
    {
      title: 'Attacks that grew',
      description: 'Alerts that reached a higher severity.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (severity) (${added(ofSidecar('acm_alerts_escalated_total'))})`,
          legend: 'to {{severity}}',
        },
      ],
    },
    {
      title: 'Attacks going on, at each sidecar',
      description: 'Attacks that have not cooled down.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_incidents_open'), legend: '{{instance}}' }],
    },
    {
      title: 'Calls ended',
      description:
        'Calls of attacks that were to be ended, by the way it was tried and what came of it. `unsupported`: this way cannot end calls.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (switch, outcome) (${added(ofSidecar('acm_disconnects_total'))})`,
          legend: '{{switch}} {{outcome}}',
        },
      ],
      alert: 'DisconnectFailures',
    },
    {
      title: 'Calls being ended',
      description: 'Orders that no switch has confirmed yet. They are repeated for 30 seconds.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_teardowns_under_way'), legend: '{{instance}}' }],
    },
    {
      title: 'Rules in force',
      description: 'Blocked pairs of numbers, allowlist entries, and policies other than the default.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: `max(${ofSidecar('acm_blocks')})`, legend: 'blocks' },
        { expr: `max(${ofSidecar('acm_allowlist_entries')})`, legend: 'allowlist' },
        { expr: `max(${ofSidecar('acm_policies')})`, legend: 'policies' },
      ],
    },
    {
      title: 'Odd requests',
      description:
        'Checks that broke a limit of the contract, and attempts that were known already and got their verdict again.',
      kind: 'series',
      unit: 'cps',
      queries: [
        { expr: `sum(${perSecond(ofSidecar('acm_malformed_requests_total'))})`, legend: 'malformed' },
        { expr: `sum(${perSecond(ofSidecar('acm_repeated_attempts_total'))})`, legend: 'repeated' },
      ],
      width: 24,
    },
  ],
};

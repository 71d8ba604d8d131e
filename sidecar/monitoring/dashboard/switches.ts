/** The connections between sidecars and switches. */
import type { Row } from './panel.js';
import { added, ofSidecar, perSecond } from './selectors.js';

export const switches: Row = {
  title: 'Switches',
  collapsed: true,
  panels: [
    {
      title: 'Answers',
      description: 'Whether the switch answers its sidecar (1) or not (0).',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_switch_up'), legend: '{{instance}} {{switch}}' }],
      alert: 'SwitchDown',
    },
    {
      title: 'Told and asked',
      description: 'Events and questions of switches a second.',
      kind: 'stacked',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (instance, switch) (${perSecond(ofSidecar('acm_switch_events_total'))})`,
          legend: '{{instance}} {{switch}}',
        },
      ],
    },
    {
      title: 'Not taken',
      description: 'What a switch told or asked and was not taken, by cause.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (switch, cause) (${added(ofSidecar('acm_switch_dropped_total'))})`,
          legend: '{{switch}} {{cause}}',
        },
      ],
    },
    {
      title: 'Connections',
      description: 'Connections made. Many mean that they do not last.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (instance, switch) (${added(ofSidecar('acm_switch_connections_total'))})`,
          legend: '{{instance}} {{switch}}',
        },
      ],
      alert: 'SwitchDown',
    },
    {
      title: 'Agents that end calls',
      description: 'Switches whose agent waits for orders over gRPC.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_watched_switches'), legend: '{{instance}}' }],
      alert: 'DisconnectFailures',
    },
    {
      title: 'Calls in progress',
      description: 'As the switches report them.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofSidecar('acm_calls_in_progress'), legend: '{{instance}}' }],
    },
  ],
};

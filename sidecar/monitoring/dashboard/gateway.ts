/** The LumaDB gateways, through which sidecars tell each other what they see. */
import type { Row } from './panel.js';
import { added, ofGateway, perSecond } from './selectors.js';

const TROUBLES = [
  ['acm_gateway_epochs_total', 'epochs: the database had lost all deltas'],
  ['acm_gateway_gaps_dropped_total', 'gaps given up'],
  ['acm_gateway_followers_overtaken_total', 'followers overtaken'],
  ['acm_gateway_followers_stalled_total', 'followers that took nothing'],
  ['acm_gateway_followers_refused_total', 'followers refused'],
  ['acm_gateway_callers_refused_total', 'callers without a known token'],
  ['acm_gateway_callers_limited_total', 'of these, too often'],
] as const;

export const gateway: Row = {
  title: 'Gateway',
  collapsed: true,
  panels: [
    {
      title: 'Database and followers',
      description: 'Whether the database can be used, and how many sidecars follow.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: ofGateway('acm_gateway_database_up'), legend: '{{instance}} database' },
        { expr: ofGateway('acm_gateway_followers'), legend: '{{instance}} followers' },
      ],
      alert: 'GatewayDown',
    },
    {
      title: 'Queries',
      description: 'By Execute, a second, by what became of them.',
      kind: 'stacked',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (outcome) (${perSecond(ofGateway('acm_gateway_queries_total'))})`,
          legend: '{{outcome}}',
        },
      ],
      alert: 'GatewayDown',
    },
    {
      title: 'Waiting',
      description: 'Queries that wait for their turn, and sequences that are missing and may yet come.',
      kind: 'series',
      unit: 'short',
      queries: [
        { expr: ofGateway('acm_gateway_queries_waiting'), legend: '{{instance}} queries' },
        { expr: ofGateway('acm_gateway_gaps'), legend: '{{instance}} gaps' },
      ],
    },
    {
      title: 'Deltas',
      description: 'Read from the database, and deleted because they were old, a second.',
      kind: 'series',
      unit: 'ops',
      queries: [
        { expr: perSecond(ofGateway('acm_gateway_deltas_total')), legend: '{{instance}} read' },
        { expr: perSecond(ofGateway('acm_gateway_pruned_total')), legend: '{{instance}} deleted' },
      ],
    },
    {
      title: 'Kept for followers',
      description: 'Bytes of deltas in memory.',
      kind: 'series',
      unit: 'bytes',
      queries: [{ expr: ofGateway('acm_gateway_ring_bytes'), legend: '{{instance}}' }],
    },
    {
      title: 'What went wrong',
      description: 'It should be nothing, but for an epoch after a crash of PostgreSQL.',
      kind: 'stacked',
      unit: 'short',
      queries: TROUBLES.map(([metric, legend]) => ({ expr: `sum(${added(ofGateway(metric))})`, legend })),
      alert: 'ReconcileLag',
    },
  ],
};

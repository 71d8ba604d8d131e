/** Is anything wrong now? */
import type { Row } from './panel.js';
import { added, ofAgent, ofAll, ofSidecar, perSecond } from './selectors.js';

const unscreenedInAll = [
  `(sum(increase(${ofAgent('acm_unscreened_calls_total')}[$__range])) or vector(0))`,
  `(sum(increase(${ofSidecar('acm_switch_unscreened_calls_total')}[$__range])) or vector(0))`,
].join(' + ');

export const overview: Row = {
  title: 'Is anything wrong now?',
  panels: [
    {
      title: 'Processes down',
      description: 'Sidecars, SIP agents and gateways that do not answer Prometheus.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `count(${ofAll('up')} == 0) or vector(0)`, legend: 'down' }],
      limits: { red: 1 },
      alert: 'SidecarDown',
    },
    {
      title: 'Unscreened calls',
      description: 'Calls without a verdict in the time shown, as SIP agents and switches count them.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: unscreenedInAll, legend: 'unscreened' }],
      limits: { orange: 10, red: 100 },
      alert: 'UnscreenedCalls',
    },
    {
      title: 'Without a store',
      description: 'Sidecars whose store does not answer. Calls are judged as before.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `count(${ofSidecar('acm_store_up')} == 0) or vector(0)`, legend: 'sidecars' }],
      limits: { orange: 1 },
      alert: 'StoreDown',
    },
    {
      title: 'Missing news',
      description: 'Sidecars that miss news of others; their verdicts are degraded.',
      kind: 'stat',
      unit: 'short',
      queries: [
        { expr: `count(${ofSidecar('acm_reconcile_peer_missing')} == 1) or vector(0)`, legend: 'sidecars' },
      ],
      limits: { orange: 1 },
      alert: 'ReconcileLag',
    },
    {
      title: 'Switches down',
      description: 'Switches that do not answer their sidecar.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `count(${ofSidecar('acm_switch_up')} == 0) or vector(0)`, legend: 'switches' }],
      limits: { orange: 1 },
      alert: 'SwitchDown',
    },
    {
      title: 'Attacks going on',
      description: 'Attacks that have not cooled down.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(${ofSidecar('acm_incidents_open')})`, legend: 'attacks' }],
      limits: { orange: 1, red: 20 },
      alert: 'CallMaskingSpike',
    },
    {
      title: 'Verdicts',
      description: 'Checks answered a second, by verdict and why.',
      kind: 'stacked',
      unit: 'cps',
      queries: [
        {
          expr: `sum by (verdict, reason) (${perSecond(ofSidecar('acm_calls_processed_total'))})`,
          legend: '{{verdict}} {{reason}}',
        },
      ],
    },
    {
      title: 'Share of calls taken for masking',
      description:
        'Of the answers of each sidecar: masked or blocked ones, and rejections. One that is given again counts again (Odd requests).',
      kind: 'series',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum by (instance) (${perSecond(ofSidecar('acm_calls_processed_total', 'reason=~"masking|blocked"'))}) / sum by (instance) (${perSecond(ofSidecar('acm_calls_processed_total'))})`,
          legend: '{{instance}} masked',
        },
        {
          expr: `sum by (instance) (${perSecond(ofSidecar('acm_calls_processed_total', 'verdict="reject"'))}) / sum by (instance) (${perSecond(ofSidecar('acm_calls_processed_total'))})`,
          legend: '{{instance}} rejected',
        },
      ],
      limits: { orange: 0.05, red: 0.25 },
      alert: 'HighFraudRate',
    },
    {
      title: 'Unscreened calls over time',
      description:
        'Calls that went on, or were rejected, without a verdict: as the SIP agents and the switches count them.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (cause, action) (${added(ofAgent('acm_unscreened_calls_total'))})`,
          legend: '{{cause}}: {{action}}',
        },
        {
          expr: `sum by (switch) (${added(ofSidecar('acm_switch_unscreened_calls_total'))})`,
          legend: 'told by {{switch}}',
        },
      ],
      alert: 'UnscreenedCalls',
    },
    {
      title: 'Alerts of Prometheus',
      description: 'What is pending or firing, if Prometheus has the rules of acm.',
      kind: 'table',
      unit: 'short',
      queries: [{ expr: 'ALERTS{job=~"acm-.*"}', legend: '' }],
      width: 24,
    },
  ],
};

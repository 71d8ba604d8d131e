/** The SIP agents, which stand in the path of calls. */
import type { Row } from './panel.js';
import { added, ofAgent, perSecond } from './selectors.js';

export const sipAgent: Row = {
  title: 'SIP agent',
  collapsed: true,
  panels: [
    {
      title: 'Connected',
      description:
        'To drachtio-server, without which no call comes, and to the sidecar, without which none is screened.',
      kind: 'series',
      unit: 'short',
      queries: [{ expr: ofAgent('acm_sip_peer_up'), legend: '{{instance}} {{peer}}' }],
      alert: 'SipAgentDown',
    },
    {
      title: 'Calls with a verdict',
      description: 'A second, by verdict.',
      kind: 'stacked',
      unit: 'cps',
      queries: [
        { expr: `sum by (verdict) (${perSecond(ofAgent('acm_sip_calls_total'))})`, legend: '{{verdict}}' },
      ],
    },
    {
      title: 'Calls without a verdict',
      description: 'A second, by why and by what was done with them.',
      kind: 'stacked',
      unit: 'cps',
      queries: [
        {
          expr: `sum by (cause, action) (${perSecond(ofAgent('acm_unscreened_calls_total'))})`,
          legend: '{{cause}}: {{action}}',
        },
      ],
      alert: 'UnscreenedCalls',
    },
    {
      title: 'Calls passed on',
      description: 'A second, by how their INVITE ended.',
      kind: 'stacked',
      unit: 'cps',
      queries: [
        {
          expr: `sum by (outcome) (${perSecond(ofAgent('acm_sip_passed_on_total'))})`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Calls ended',
      description: 'By order of the sidecar, by what came of it.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        { expr: `sum by (outcome) (${added(ofAgent('acm_sip_disconnects_total'))})`, legend: '{{outcome}}' },
      ],
      alert: 'DisconnectFailures',
    },
    {
      title: 'Too long for drachtio-server',
      description: 'SIP messages that were dropped because of that.',
      kind: 'stacked',
      unit: 'short',
      queries: [
        {
          expr: `sum by (instance) (${added(ofAgent('acm_sip_frames_dropped_total'))})`,
          legend: '{{instance}}',
        },
      ],
    },
  ],
};

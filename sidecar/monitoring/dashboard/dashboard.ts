/** The dashboard of helm/files/monitoring/acm-dashboard.json; `make docs` writes it. */
import { writeFileSync } from 'node:fs';
import { attacks } from './attacks.js';
import { capacity } from './capacity.js';
import { gateway } from './gateway.js';
import { panelsOf } from './grafana.js';
import { latency } from './latency.js';
import { listeners } from './listeners.js';
import { overview } from './overview.js';
import type { Row } from './panel.js';
import { reconciliation } from './reconciliation.js';
import { sipAgent } from './sip-agent.js';
import { store } from './store.js';
import { switches } from './switches.js';

const FILE = new URL('../../../helm/files/monitoring/acm-dashboard.json', import.meta.url);

const ROWS: readonly Row[] = [
  overview,
  attacks,
  latency,
  capacity,
  switches,
  sipAgent,
  store,
  reconciliation,
  gateway,
  listeners,
];

/** A variable whose values are those of a label of the jobs' targets. */
function labelVariable(name: string, label: string, matchers = ''): object {
  const query = `label_values(up{job=~"acm-(sidecar|sip-agent|gateway)"${matchers}}, ${label})`;
  return {
    name,
    label,
    type: 'query',
    datasource: { type: 'prometheus', uid: '$datasource' },
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
    hide: 0,
  };
}

const VARIABLES = [
  { name: 'datasource', label: 'data source', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0 },
  labelVariable('namespace', 'namespace'),
  labelVariable('instance', 'instance', ',namespace=~"$namespace"'),
  // Where links lead: whoever publishes the runbook puts its address here.
  {
    name: 'runbook',
    label: 'runbook',
    type: 'constant',
    query: 'docs/runbook.md',
    current: { selected: true, text: 'docs/runbook.md', value: 'docs/runbook.md' },
    hide: 2,
    skipUrlSync: true,
  },
];

const RUNBOOK_LINK = {
  title: 'Runbook',
  tooltip: 'What each alert means, and what to do',
  type: 'link',
  icon: 'doc',
  url: '$runbook',
  targetBlank: true,
  asDropdown: false,
  includeVars: false,
  keepTime: false,
  tags: [],
};

/** The file's text. */
export function dashboardFile(): string {
  const dashboard = {
    uid: 'acm',
    title: 'Call masking',
    description: 'What acm sees, does and needs. Generated from sidecar/monitoring/dashboard by `make docs`.',
    tags: ['acm'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    links: [RUNBOOK_LINK],
    annotations: { list: [] },
    templating: { list: VARIABLES },
    panels: panelsOf(ROWS),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(FILE, dashboardFile());

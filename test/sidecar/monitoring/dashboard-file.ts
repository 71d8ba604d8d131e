/** The dashboard as Grafana gets it, and its expressions as Prometheus does. */
import { readFileSync } from 'node:fs';

export const DASHBOARD_FILE = 'helm/files/monitoring/acm-dashboard.json';

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly collapsed?: boolean;
  readonly panels?: readonly DashboardPanel[];
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly uid: string };
  readonly links?: readonly { readonly url: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as Dashboard;
}

/** All panels but the rows, those in collapsed rows too. */
export function panelsOf({ panels }: Dashboard): DashboardPanel[] {
  return panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}

export function targetsOf(dashboard: Dashboard): Target[] {
  return panelsOf(dashboard).flatMap(({ targets }) => targets ?? []);
}

/** With values in the place of Grafana's variables, as it sends it. */
export function exprOf({ expr }: Target): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '3h')
    .replaceAll(/\$(namespace|instance)/g, '.*');
}

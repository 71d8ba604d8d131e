/** Rows and panels in the terms of Grafana's dashboard model. */
import type { Panel, Row } from './panel.js';

const COLUMNS = 24;
const STAT_HEIGHT = 4;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** All rows with their panels, from the top; a collapsed row holds its panels itself. */
export function panelsOf(rows: readonly Row[]): object[] {
  let id = 0;
  let top = 0;
  return rows.flatMap((row) => {
    const heading = {
      id: ++id,
      type: 'row',
      title: row.title,
      collapsed: row.collapsed ?? false,
      gridPos: { x: 0, y: top, w: COLUMNS, h: 1 },
    };
    const { places, bottom } = arrange(row.panels, top + 1);
    const panels = row.panels.map((panel, index) => panelOf(panel, ++id, places[index]!));
    top = row.collapsed === true ? top + 1 : bottom;
    return row.collapsed === true ? [{ ...heading, panels }] : [{ ...heading, panels: [] }, ...panels];
  });
}

/** From left to right; what does not fit begins a new line, below the highest panel of the one before. */
function arrange(
  panels: readonly Panel[],
  top: number,
): { readonly places: readonly Place[]; readonly bottom: number } {
  let [x, y, lineHeight] = [0, top, 0];
  const places = panels.map(({ kind, width }) => {
    const w = width ?? (kind === 'stat' ? 4 : 8);
    const h = kind === 'stat' ? STAT_HEIGHT : HEIGHT;
    if (x + w > COLUMNS) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const place = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    return place;
  });
  return { places, bottom: y + lineHeight };
}

function panelOf(panel: Panel, id: number, gridPos: Place): object {
  const { title, description, kind, unit, alert } = panel;
  return {
    id,
    type: TYPES[kind],
    title,
    description: alert === undefined ? description : `${description}\n\nAlert: ${alert}.`,
    gridPos,
    datasource: DATASOURCE,
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      ...(kind === 'stat' || kind === 'table' ? { instant: true, range: false } : { range: true }),
      ...(kind === 'heatmap' ? { format: 'heatmap' } : {}),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
    ...(alert === undefined
      ? {}
      : {
          links: [
            { title: `What to do: ${alert}`, url: `$runbook#${alert.toLowerCase()}`, targetBlank: true },
          ],
        }),
    fieldConfig: { defaults: { unit, ...colours(panel), ...customOf(kind) }, overrides: [] },
    options: OPTIONS[kind](unit),
    ...(kind === 'table' ? { transformations: WITHOUT_TIME } : {}),
  };
}

const TYPES = {
  stat: 'stat',
  series: 'timeseries',
  stacked: 'timeseries',
  heatmap: 'heatmap',
  table: 'table',
} as const;

function colours({ kind, limits }: Panel): object {
  const steps: { color: string; value: number | null }[] = [{ color: 'green', value: null }];
  if (limits?.orange !== undefined) steps.push({ color: 'orange', value: limits.orange });
  if (limits?.red !== undefined) steps.push({ color: 'red', value: limits.red });
  return {
    color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
    thresholds: { mode: 'absolute', steps },
  };
}

function customOf(kind: Panel['kind']): object {
  if (kind !== 'series' && kind !== 'stacked') return {};
  return {
    min: 0,
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: kind === 'stacked' ? 30 : 5,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: kind === 'stacked' ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: kind === 'series' ? 'line' : 'off' },
    },
  };
}

const WITHOUT_TIME = [
  { id: 'organize', options: { excludeByName: { Time: true, Value: true, __name__: true } } },
];

const seriesOptions = (): object => ({
  legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
  tooltip: { mode: 'multi', sort: 'desc' },
});

const OPTIONS: Readonly<Record<Panel['kind'], (unit: string) => object>> = {
  stat: () => ({
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'none',
    textMode: 'auto',
  }),
  series: seriesOptions,
  stacked: seriesOptions,
  heatmap: (unit) => ({
    calculate: false,
    cellGap: 1,
    color: {
      mode: 'scheme',
      scheme: 'Oranges',
      steps: 64,
      exponent: 0.5,
      fill: 'dark-orange',
      reverse: false,
    },
    exemplars: { color: 'orange' },
    filterValues: { le: 1e-9 },
    rowsFrame: { layout: 'auto' },
    showValue: 'never',
    tooltip: { mode: 'single', yHistogram: true },
    yAxis: { unit, axisPlacement: 'left' },
    legend: { show: true },
  }),
  table: () => ({ showHeader: true, cellHeight: 'sm' }),
};

/** What a panel shows, as data; `grafana.ts` writes it in Grafana's terms. */

/** Units by their names in Grafana. */
export type Unit = 'short' | 'cps' | 'ops' | 's' | 'bytes' | 'Bps' | 'percentunit' | 'bool' | 'dtdurations';

export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** How its series are called; `{{label}}` stands for a label's value. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What one sees there, and when it matters. */
  readonly description: string;
  /**
   * `stat`: the newest value, large. `series`: over time. `stacked`: the same, on top of each other. `heatmap`: how a
   * histogram's buckets fill. `table`: the newest values with their labels.
   */
  readonly kind: 'stat' | 'series' | 'stacked' | 'heatmap' | 'table';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Values from which on the panel turns orange, and red. */
  readonly limits?: { readonly orange?: number; readonly red?: number };
  /** The alert whose entry in the runbook the panel links to. */
  readonly alert?: string;
  /** Columns of 24; by default 4 for a stat and 8 for the rest. */
  readonly width?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Whether its panels are hidden until somebody opens it. */
  readonly collapsed?: boolean;
}

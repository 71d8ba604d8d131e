/** What a process answers to Prometheus: its metrics, with what is said of them. */

export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Labels that its samples have, without `le` and `quantile`. */
  readonly labels: Set<string>;
  /** Names of its samples; of a histogram `_bucket`, `_sum` and `_count`. */
  readonly samples: Set<string>;
}

export class Scrape {
  readonly #bySample = new Map<string, Metric>();

  constructor(
    readonly metrics: ReadonlyMap<string, Metric>,
    /** By name and labels as they stand there. */
    readonly values: ReadonlyMap<string, number>,
  ) {
    for (const metric of metrics.values())
      for (const sample of metric.samples) this.#bySample.set(sample, metric);
  }

  /** The metric that samples of this name belong to; undefined where there are none. */
  metricOf(sample: string): Metric | undefined {
    return this.#bySample.get(sample);
  }

  /** All samples of a name together. */
  sum(sample: string, matching = ''): number {
    return [...this.values]
      .filter(([key]) => key.split('{')[0] === sample && key.includes(matching))
      .reduce((total, [, value]) => total + value, 0);
  }
}

const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+)$/;

/** Reads Prometheus' text format, version 0.0.4. */
export function readScrape(text: string): Scrape {
  const metrics = new Map<string, Metric>();
  const values = new Map<string, number>();
  let help = '';
  let current: Metric | undefined;
  for (const line of text.split('\n')) {
    const [, helped] = /^# HELP \S+ (.*)$/.exec(line) ?? [];
    if (helped !== undefined) help = helped;
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      current = { name, type, help, labels: new Set(), samples: new Set() };
      metrics.set(name, current);
    }
    const [, sample, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (sample === undefined || current === undefined) continue;
    current.samples.add(sample);
    values.set(labels === '' ? sample : `${sample}{${labels}}`, Number(value));
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g))
      if (label !== 'le' && label !== 'quantile') current.labels.add(label);
  }
  return new Scrape(metrics, values);
}

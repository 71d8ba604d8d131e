/** A real Prometheus, with the configuration and the rules that we ship, but for where its targets are and how often it looks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { RULES_FILE } from '../../sidecar/monitoring/promtool.js';
import { freeTcpPort } from '../../support/free-port.js';

const CONFIGURATION = 'sidecar/monitoring/prometheus.yml';

interface Configuration {
  global: object;
  rule_files: readonly string[];
  scrape_configs: { job_name: string }[];
}

export interface RuleStatus {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly lastEvaluation: string;
}

export interface ActiveAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export class PrometheusServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'acm-prometheus-'));
  #process: ChildProcess | undefined;
  #url = '';

  /** @param targets `host:port` by job. */
  async start(targets: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const shipped = parse(readFileSync(CONFIGURATION, 'utf8')) as Configuration;
    const file = join(this.#directory, 'prometheus.yml');
    writeFileSync(
      file,
      stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [resolve(RULES_FILE)],
        scrape_configs: shipped.scrape_configs.map(({ job_name }) => ({
          job_name,
          static_configs: [{ targets: targets[job_name] }],
        })),
      }),
    );
    const address = `127.0.0.1:${await freeTcpPort()}`;
    this.#url = `http://${address}`;
    const data = join(this.#directory, 'data');
    this.#process = spawn(
      'prometheus',
      [
        ...['--config.file', file, '--storage.tsdb.path', data],
        ...['--web.listen-address', address, '--log.level', 'error'],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.#url}/-/ready`)).ok;
  }

  /** Health of each target, for example `up`. */
  async targets(): Promise<string[]> {
    const { activeTargets } = await this.#ask<{ activeTargets: { health: string }[] }>('targets');
    return activeTargets.map(({ health }) => health);
  }

  async rules(): Promise<RuleStatus[]> {
    const { groups } = await this.#ask<{ groups: { rules: RuleStatus[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async alerts(name: string): Promise<ActiveAlert[]> {
    const { alerts } = await this.#ask<{ alerts: ActiveAlert[] }>('alerts');
    return alerts.filter(({ labels }) => labels['alertname'] === name);
  }

  /** How many series an expression has now. @throws Error for one that cannot be evaluated. */
  async count(expr: string): Promise<number> {
    const { result } = await this.#ask<{ result: unknown[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result.length;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ask<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, error, data } = (await response.json()) as { status: string; error?: string; data: Data };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

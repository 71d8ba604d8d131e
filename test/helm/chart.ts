/** Runs Helm on the charts of this repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

const HELM = resolve('.tools/bin/helm');
export const CHART = 'helm';
export const RELEASE = 'voice';

/** The oldest Kubernetes that has native sidecars without being asked, and the newest. */
export const KUBERNETES_VERSIONS = ['v1.29', 'v1.37'] as const;
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];
export const NEWEST = KUBERNETES_VERSIONS[1];

export type Values = Record<string, unknown>;

// biome-ignore lint/suspicious/noExplicitAny: a manifest is what Helm printed; the schemas say whether it is one.
export type Manifest = Record<string, any>;

/** What Helm printed. @throws Error with what it complained of. */
export function helm(...args: string[]): string {
  if (!existsSync(HELM)) throw new Error(`${HELM} is missing: run test/install-tools.sh`);
  const home = mkdtempSync(join(tmpdir(), 'acm-helm-'));
  try {
    return execFileSync(HELM, args, {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 60_000,
      maxBuffer: 64 << 20,
      env: {
        HOME: home,
        PATH: process.env['PATH'],
        HELM_CACHE_HOME: home,
        HELM_CONFIG_HOME: home,
        HELM_DATA_HOME: home,
      },
    });
  } catch (error) {
    throw new Error((error as { stderr: string }).stderr || String(error));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The manifests that a chart makes of values. */
export function render(values: Values, kubernetes: KubernetesVersion = NEWEST, chart = CHART): Manifest[] {
  const directory = mkdtempSync(join(tmpdir(), 'acm-values-'));
  try {
    const file = join(directory, 'values.yaml');
    writeFileSync(file, stringify(values));
    const printed = helm('template', RELEASE, chart, '--values', file, '--kube-version', `${kubernetes}.0`);
    return parseAllDocuments(printed, { uniqueKeys: true }).flatMap((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      const manifest = document.toJSON() as Manifest | null;
      return manifest === null ? [] : [manifest];
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What Helm complains of; '' if it takes the values. */
export function complaintAbout(values: Values, chart = CHART): string {
  try {
    render(values, NEWEST, chart);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

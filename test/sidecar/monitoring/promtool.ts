/** Prometheus' own tool, and the rules that it is asked about. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parse } from 'yaml';

export const RULES_FILE = 'helm/files/monitoring/acm-rules.yaml';
const PATIENCE_MS = 60_000;

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function readRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(RULES_FILE, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export interface ToolAnswer {
  readonly passed: boolean;
  readonly output: string;
}

/** Runs `promtool`, in a directory that relative paths of its files begin at. */
export async function promtool(...args: readonly string[]): Promise<ToolAnswer> {
  try {
    const { stdout, stderr } = await promisify(execFile)('promtool', args, { timeout: PATIENCE_MS });
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
    if (typeof code !== 'number') throw error;
    return { passed: false, output: stdout + stderr };
  }
}

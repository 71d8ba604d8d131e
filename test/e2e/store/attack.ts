/** What the suites of the store do to a sidecar: attacks, questions, and reading what PostgreSQL holds. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DetectionClient, type Verdict } from '../../support/grpc-detection.js';
import { ManagementClient, type Message } from '../../support/grpc-management.js';
import { freshCallId } from '../../support/grpc-sidecar.js';
import { type SidecarProcess, startSidecarProcess } from '../../support/sidecar-process.js';

export const CALLERS = ['+15550000001', '+15550000002', '+15550000003', '+15550000004', '+15550000005'];
const PATIENCE_MS = 15_000;

/** A sidecar with the clients that ask it. */
export class Sidecar {
  readonly detection: DetectionClient;
  readonly management: ManagementClient;

  private constructor(readonly running: SidecarProcess) {
    this.detection = new DetectionClient(running.address);
    this.management = new ManagementClient(running.address);
  }

  static async start(env: Record<string, string>): Promise<Sidecar> {
    return new Sidecar(await startSidecarProcess({ ACM_OUTBOX_FLUSH_MS: '10', ...env }));
  }

  /** Lets every caller in turn call B; the last verdict. */
  async attack(bNumber: string, callers: readonly string[] = CALLERS): Promise<Verdict> {
    let verdict: Verdict | undefined;
    for (const aNumber of callers) verdict = await this.check(aNumber, bNumber);
    if (verdict === undefined) throw new Error('nobody calls');
    return verdict;
  }

  check(aNumber: string, bNumber: string): Promise<Verdict> {
    return this.detection.checkCall({
      a_number: aNumber,
      b_number: bNumber,
      call_id: freshCallId(),
      source_ip: '192.0.2.7',
      switch_id: 'sw',
    });
  }

  async alert(alertId: string): Promise<Message> {
    return this.management.ask('AlertService', 'getAlert', { alert_id: alertId });
  }

  async health(): Promise<{ status: string; database: { state: string; detail: string } }> {
    return (await (await fetch(`${this.running.url}/health`)).json()) as never;
  }

  /** Ends it with SIGTERM, or at once. */
  async stop(how: 'gracefully' | 'at once' = 'gracefully'): Promise<void> {
    this.detection.close();
    this.management.close();
    if (how === 'at once') {
      await this.running.process.kill();
      return;
    }
    this.running.process.signal('SIGTERM');
    await this.running.process.end();
  }
}

/** Asks again and again until it holds; for what another process does in its own time. The time that it took, ms. */
export async function within(
  what: string,
  holds: () => Promise<boolean>,
  ms = PATIENCE_MS,
  pauseMs = 20,
): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await holds().catch(() => false)) return performance.now() - began;
    if (performance.now() - began > ms) throw new Error(`${what}: not within ${ms} ms`);
    await sleep(pauseMs);
  }
}

/**
 * Ids of the alerts that PostgreSQL has committed with the calls of their burst. Where many records wait, a batch may
 * hold an alert and the next one its calls.
 */
export async function committedAlerts(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT alert_id FROM fraud_alerts WHERE cardinality(call_ids) >= $1',
      [CALLERS.length],
    );
    return rows.map((row) => row.alert_id as string);
  } finally {
    await client.end();
  }
}

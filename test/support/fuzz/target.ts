/** The sidecar that is fuzzed, a process of its own with an embedded store, and how one sees that it is well. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DetectionClient } from '../grpc-detection.js';
import { ManagementClient, type Message } from '../grpc-management.js';
import { freshCallId, freshNumber } from '../grpc-sidecar.js';
import { HttpClient } from '../http-client.js';
import { type SidecarProcess, startSidecarProcess } from '../sidecar-process.js';

/** The level of pino from which on a line tells of a defect of ours. */
const LEVEL_ERROR = 50;
const MEGABYTE = 1_048_576;

export class FuzzTarget {
  readonly #rssBefore: number;

  private constructor(
    readonly sidecar: SidecarProcess,
    private readonly directory: string,
  ) {
    this.#rssBefore = this.#rss();
  }

  static async start(): Promise<FuzzTarget> {
    const directory = mkdtempSync(join(tmpdir(), 'acm-fuzz-'));
    const env = {
      ACM_DATA_DIR: join(directory, 'data'),
      ACM_AUTO_DISCONNECT: 'true',
      FRAUD_WEBHOOK_SECRET: 'nobody here signs',
      LOG_LEVEL: 'info',
    };
    return new FuzzTarget(await startSidecarProcess(env), directory);
  }

  async stop(): Promise<void> {
    await this.sidecar.process.kill();
    rmSync(this.directory, { recursive: true });
  }

  get http(): { readonly host: string; readonly port: number } {
    const { hostname, port } = new URL(this.sidecar.url);
    return { host: hostname, port: Number(port) };
  }

  /** Lets five A-numbers call a B-number that nobody has called; the verdicts in their order. */
  async attack(): Promise<readonly string[]> {
    const client = new DetectionClient(this.sidecar.address);
    const b_number = freshNumber();
    const verdicts: string[] = [];
    for (let i = 0; i < 5; i++) {
      const call = { call_id: freshCallId(), a_number: freshNumber(), b_number, source_ip: '203.0.113.9' };
      verdicts.push((await client.checkCall(call)).verdict);
    }
    client.close();
    return verdicts;
  }

  /** Takes back every rule that the fuzzer may have made, so that what is right can be said again. */
  async takeBackRules(): Promise<void> {
    const rules = new ManagementClient(this.sidecar.address);
    const author = 'fuzz';
    await rules.ask('PolicyService', 'SetEnforcement', { on: true, author });
    for (;;) {
      const { entries } = await rules.ask('AllowlistService', 'ListAllowlistEntries');
      if (entries.length === 0) break;
      const remove = ({ entry_id }: Message) =>
        rules.ask('AllowlistService', 'RemoveAllowlistEntry', { entry_id, author });
      await Promise.all(entries.map(remove));
    }
    for (;;) {
      const { policies } = await rules.ask('PolicyService', 'ListPolicies');
      if (policies.length === 0) break;
      await Promise.all(
        policies.map(({ scope }: Message) => rules.ask('PolicyService', 'RemovePolicy', { scope, author })),
      );
    }
    rules.close();
  }

  /** It judges as it did, says that it is well, has logged no defect, and has not grown beyond measure. */
  async assertWell(): Promise<void> {
    await this.takeBackRules();
    const allowed = Array.from({ length: 4 }, () => 'VERDICT_ALLOW');
    assert.equal(await this.attack(), [...allowed, 'VERDICT_REJECT']);
    await this.assertAlive();
    const { body } = await new HttpClient(this.sidecar.url).get('/health');
    assert.is(body['status'], 'ok', JSON.stringify(body));
  }

  /** It lives, has logged no defect, and has not grown beyond measure. */
  async assertAlive(rssGrowthMax = 400 * MEGABYTE): Promise<void> {
    const { process } = this.sidecar;
    assert.ok(process.running, process.errors);
    assert.is(process.errors, '');
    const defects = process.logLines().filter(({ level }) => Number(level) >= LEVEL_ERROR);
    assert.equal(defects.slice(0, 5), []);
    const grown = this.#rss() - this.#rssBefore;
    assert.ok(grown < rssGrowthMax, `grew by ${Math.round(grown / MEGABYTE)} MB`);
  }

  /** For people who read the output of the test. */
  growth(): string {
    return `${Math.round((this.#rss() - this.#rssBefore) / MEGABYTE)} MB more than before`;
  }

  /** Resident memory of the process, in bytes. */
  #rss(): number {
    const status = readFileSync(`/proc/${this.sidecar.process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }
}

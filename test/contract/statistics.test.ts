/** Statistics of real sidecars, over gRPC and HTTP: both tell the same, also of what was before a restart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DetectionClient } from '../support/grpc-detection.js';
import { ManagementClient, type Message } from '../support/grpc-management.js';
import { freshCallId, freshNumber, startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';
import { HttpClient, type Json } from '../support/http-client.js';

const test = suite('contract/statistics');

interface Asked {
  readonly grpc: Message;
  readonly http: Json;
}

/** A sidecar with the clients that ask it, for as long as the work takes. */
async function withSidecar(
  env: Record<string, string>,
  work: (sidecar: Asking) => Promise<void>,
): Promise<void> {
  const sidecar = await startTestSidecar(env);
  const asking = new Asking(sidecar);
  try {
    await work(asking);
  } finally {
    asking.close();
    await sidecar.stop();
  }
}

class Asking {
  readonly #detection: DetectionClient;
  readonly #management: ManagementClient;
  readonly #http: HttpClient;

  constructor({ address, url }: TestSidecar) {
    this.#detection = new DetectionClient(address);
    this.#management = new ManagementClient(address);
    this.#http = new HttpClient(url);
  }

  /** Five callers, the last of whom is one too many: three ask over gRPC, two over HTTP. */
  async attack(): Promise<void> {
    const b_number = freshNumber();
    const call = () => ({ a_number: freshNumber(), b_number, call_id: freshCallId() });
    for (let i = 0; i < 3; i++) await this.#detection.checkCall(call());
    for (let i = 0; i < 2; i++) await this.#http.post('/acm/call', call());
  }

  async history(minutes: number): Promise<Asked> {
    const grpc = await this.#management.ask('StatsService', 'getStatsHistory', { minutes });
    const { status, body } = await this.#http.get(`/acm/stats/history?minutes=${minutes}`);
    assert.is(status, 200, JSON.stringify(body));
    return { grpc, http: body };
  }

  async sinceStart(): Promise<Asked> {
    const grpc = await this.#management.ask('StatsService', 'getStats');
    return { grpc, http: (await this.#http.get('/acm/stats')).body };
  }

  close(): void {
    this.#detection.close();
    this.#management.close();
  }
}

test('counts calls of both doors at once, and tells the same by both', async () => {
  await withSidecar({}, async (sidecar) => {
    await sidecar.attack();
    for (const minutes of [1, 60, 43_200]) {
      const { grpc, http } = await sidecar.history(minutes);
      const { figures } = grpc;
      assert.equal([grpc.scope, http['scope']], ['STATS_SCOPE_SIDECAR', 'sidecar'], 'there is no store');
      for (const name of ['checks', 'detections', 'rejected', 'observed', 'alerts', 'detection_rate'])
        assert.is(http[name], figures[name], name);
      assert.equal([figures.checks, figures.detections, figures.rejected, figures.alerts], [5, 1, 1, 1]);
      assert.is(figures.detection_rate, 0.2);
      assert.is(http['checks_per_second'], Math.round((5 / http['seconds']) * 1_000) / 1_000);
      const { p50_ms, p95_ms, p99_ms, max_ms } = http['latency'];
      assert.ok(0 < p50_ms && p50_ms <= p95_ms && p95_ms <= p99_ms && p99_ms <= max_ms);
      const sum = (points: Json[]) => points.reduce((total, { checks }) => total + checks, 0);
      assert.equal([sum(http['points']), sum(grpc.points)], [5, 5]);
    }
    const { grpc, http } = await sidecar.sinceStart();
    assert.equal([grpc.figures.checks, http['total_calls']], [5, 5]);
    assert.is(http['detection_rate'], grpc.figures.detection_rate);
    assert.equal([grpc.alerts_by_severity, http['alerts_by_severity']], [null, null]);
  });
});

test('knows after a restart what was done before it, the last minute too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-statistics-'));
  const env = { ACM_DATA_DIR: join(directory, 'data') };
  let before = '';
  await withSidecar(env, async (sidecar) => {
    await sidecar.attack();
    before = (await sidecar.history(60)).http['complete_since'];
  });
  await withSidecar(env, async (sidecar) => {
    await sidecar.attack();
    const { grpc, http } = await sidecar.history(60);
    assert.equal([grpc.scope, http['scope']], ['STATS_SCOPE_ALL', 'all']);
    assert.equal([http['checks'], http['detections'], http['alerts']], [10, 2, 2]);
    assert.equal(http['alerts'], grpc.figures.alerts);
    assert.ok(http['complete_since'] <= before, 'a minute is kept as a whole');
    assert.is((await sidecar.history(5)).http['checks'], 5, 'a short span is of this process alone');
    assert.is((await sidecar.sinceStart()).http['total_calls'], 5);
  });
  rmSync(directory, { recursive: true });
});

test.run();

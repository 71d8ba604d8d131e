/** The API on a real HTTP server, over admission with a clock that the test moves and a store in memory. */
import type { AddressInfo } from 'node:net';
import { AlertDesk } from '../../src/admission/alert-desk.js';
import { CallReports } from '../../src/admission/call-reports.js';
import { CallCheck } from '../../src/admission/check-call.js';
import { RuleDesk } from '../../src/admission/rule-desk.js';
import type { Teardown } from '../../src/admission/teardown.js';
import type { ApiParts } from '../../src/http/api.js';
import { startHttpServer } from '../../src/http/server.js';
import type { TlsMaterial } from '../../src/tls.js';
import { AdmissionFixture, recordingLog } from '../admission/admission-fixture.js';
import { HttpClient } from '../support/http-client.js';
import { MemoryDeadLetterStore } from '../support/memory-dead-letters.js';
import { MemoryAlertStore, MemoryRuleStore } from '../support/memory-store.js';

export interface ApiFixture {
  readonly admission: AdmissionFixture;
  readonly alerts: MemoryAlertStore;
  readonly rules: MemoryRuleStore;
  readonly letters: MemoryDeadLetterStore;
  readonly client: HttpClient;
  readonly port: number;
  stop(): Promise<void>;
}

/** What the routes rest on. Nothing is torn down. */
export function apiPartsOf(
  admission: AdmissionFixture,
  alerts: MemoryAlertStore,
  rules: MemoryRuleStore,
  letters = new MemoryDeadLetterStore(),
): ApiParts {
  const now = (): Date => admission.wallClock.dateOf(admission.now);
  const { state, calls, book, wallClock } = admission;
  const ruleDesk = new RuleDesk({
    store: rules,
    watch: { catchUp: async () => undefined },
    book,
    recorder: admission.records,
    now,
  });
  return {
    admission: {
      callCheck: new CallCheck(state),
      callReports: new CallReports(state, calls, { order: () => undefined } as unknown as Teardown),
      calls,
      state,
    },
    alerts: new AlertDesk(alerts, ruleDesk, now),
    rules: ruleDesk,
    webhooks: letters.desk(now),
    nowMs: () => admission.now,
    now,
    wallClock,
    version: '1.2.3',
  };
}

export async function startApi(tls?: TlsMaterial): Promise<ApiFixture> {
  const admission = new AdmissionFixture();
  const alerts = new MemoryAlertStore();
  const rules = new MemoryRuleStore(() => admission.wallClock.dateOf(admission.now));
  const letters = new MemoryDeadLetterStore();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    tls,
    health: () => ({ status: 'ok', timestamp: '2026-11-22T10:00:00.000Z', version: '1.2.3', stats: {} }),
    metrics: async () => '',
    api: apiPartsOf(admission, alerts, rules, letters),
    log: recordingLog(admission.logged),
  });
  const { port } = server.server.address() as AddressInfo;
  const client = new HttpClient(`http://127.0.0.1:${port}`);
  return { admission, alerts, rules, letters, client, port, stop: () => server.close() };
}

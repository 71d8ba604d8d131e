/** The management services on a real gRPC server, over a store in memory; a detection service that nobody asks. */
import { AlertDesk } from '../../src/admission/alert-desk.js';
import { AuditDesk } from '../../src/admission/audit-desk.js';
import { CheckCounters } from '../../src/admission/counters.js';
import { Doorkeeper, type Identity } from '../../src/admission/doorkeeper.js';
import type { CallInQuestion, Explanation } from '../../src/admission/explain-call.js';
import type { Policy } from '../../src/admission/policy.js';
import type { RuleBook } from '../../src/admission/rule-book.js';
import { RuleDesk } from '../../src/admission/rule-desk.js';
import type { EnforcementSwitch } from '../../src/admission/stored-rules.js';
import { TokenDesk } from '../../src/admission/token-desk.js';
import type { DetectionHandlers } from '../../src/grpc/detection-service.js';
import { GrpcServer } from '../../src/grpc/server.js';
import type { TlsMaterial } from '../../src/tls.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';
import { callDesksOf } from './call-desks.js';
import { MemoryAuditLog, MemoryTokenStore } from './memory-access.js';
import { MemoryDeadLetterStore } from './memory-dead-letters.js';
import { MemoryStatisticsStore, statisticsDeskOf } from './memory-statistics.js';
import { MemoryAlertStore, MemoryRuleStore } from './memory-store.js';

export interface LoggedLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface ManagementServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly alerts: MemoryAlertStore;
  readonly rules: MemoryRuleStore;
  readonly tokens: MemoryTokenStore;
  readonly audit: MemoryAuditLog;
  readonly statistics: MemoryStatisticsStore;
  readonly counters: CheckCounters;
  readonly letters: MemoryDeadLetterStore;
  /** Its calls are those of CallService. */
  readonly admission: AdmissionFixture;
  readonly log: readonly LoggedLine[];
  /** What explainPolicy answers; a test may put a throwing one there. */
  explain: (call: CallInQuestion) => Explanation;
  stop(): Promise<void>;
}

export async function startManagementServer(
  where: {
    readonly host?: string;
    readonly socket?: string;
    readonly tls?: TlsMaterial;
    readonly identities?: readonly Identity[];
  } = {},
): Promise<ManagementServer> {
  const now = (): Date => new Date();
  const alerts = new MemoryAlertStore();
  const rules = new MemoryRuleStore(now);
  const statistics = new MemoryStatisticsStore();
  const counters = new CheckCounters();
  const letters = new MemoryDeadLetterStore();
  const lines: LoggedLine[] = [];
  const book = bookOf();
  const watch = { revision: 0, catchUp: async () => undefined };
  const recorder = { enforcement: () => undefined };
  const ruleDesk = new RuleDesk({ store: rules, watch, book, recorder, now });
  const tokens = new MemoryTokenStore();
  const audit = new MemoryAuditLog();
  const served = { explain: explainNothing };
  const admission = new AdmissionFixture();
  const alertDesk = new AlertDesk(alerts, ruleDesk, now, { changed: () => undefined });
  const statisticsDesk = statisticsDeskOf({
    counters,
    policies: { fallback: DEFAULT_POLICY },
    alerts,
    store: statistics,
    now,
  });
  const { callDesk } = callDesksOf(admission, {
    acts: audit,
    alertDesk,
    alerts,
    statistics: statisticsDesk,
    store: statistics,
  });
  const grpc = new GrpcServer({
    address: `${where.host ?? '127.0.0.1'}:0`,
    socket: where.socket ?? '',
    tls: where.tls,
    handlers: NO_DETECTION,
    keeper: new Doorkeeper(tokens.tokens, where.identities ?? [], Date.now),
    management: {
      alerts: alertDesk,
      rules: ruleDesk,
      tokens: new TokenDesk(tokens, watch, now),
      audit: new AuditDesk(audit),
      statistics: statisticsDesk,
      callDesk,
      webhooks: letters.desk(now),
      inForce: {
        enforcement: () => (book.enforcement.on ? 'enforce' : 'shadow'),
        explain: (call) => served.explain(call),
      },
      log: logTo(lines),
    },
  });
  const port = await grpc.start();
  return Object.assign(served, {
    address: `127.0.0.1:${port}`,
    alerts,
    rules,
    tokens,
    audit,
    statistics,
    counters,
    letters,
    admission,
    log: lines,
    stop: () => grpc.drain(2_000),
  });
}

const NO_DETECTION = { behind: () => ({}), endStreams: () => undefined } as unknown as DetectionHandlers;

/** The switch of a rule book, without what hangs on it. */
function bookOf(): Pick<RuleBook, 'enforcement' | 'switchEnforcement'> {
  let enforcement: EnforcementSwitch = { on: true, author: '', reason: '', changedAt: undefined };
  return {
    get enforcement() {
      return enforcement;
    },
    switchEnforcement(change) {
      enforcement = change;
    },
  };
}

function logTo(lines: LoggedLine[]) {
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** The policy that an empty environment gives. */
export const DEFAULT_POLICY: Policy = {
  scope: { kind: 'default' },
  revision: 0,
  windowMs: 5_000,
  threshold: 5,
  cooldownMs: 30_000,
  enforcement: 'enforce',
  autoBlock: true,
  blockMs: 24 * 3_600_000,
  autoDisconnect: false,
  anonymousCallers: 'per-source',
};

function explainNothing({ bNumber, trunk }: CallInQuestion): Explanation {
  return {
    bNumber,
    trunk,
    policies: [DEFAULT_POLICY],
    switchedOff: false,
    exempt: false,
    allowlistEntryId: '',
    blocked: false,
    distinctACount: 0,
    alertId: '',
    decision: 'allow',
    reason: 'none',
  };
}

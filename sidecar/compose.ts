/** The composition root of `acm serve`. The files called compose are the only ones that name adapters. */
import { AlertDesk } from '../src/admission/alert-desk.js';
import { AlertFanOut } from '../src/admission/alert-fan-out.js';
import { AuditDesk } from '../src/admission/audit-desk.js';
import { DayTally } from '../src/admission/day-tally.js';
import { Doorkeeper } from '../src/admission/doorkeeper.js';
import { type CallInQuestion, explainCall } from '../src/admission/explain-call.js';
import type { Log, WallClock } from '../src/admission/ports.js';
import { RuleDesk } from '../src/admission/rule-desk.js';
import { StatisticsDesk } from '../src/admission/statistics-desk.js';
import type { SwitchConnector } from '../src/admission/switch-ports.js';
import { TokenDesk } from '../src/admission/token-desk.js';
import type { Tokens } from '../src/admission/tokens.js';
import { WebhookDesk } from '../src/admission/webhook-desk.js';
import type { Config } from '../src/config.js';
import { DetectionHandlers } from '../src/grpc/detection-service.js';
import { DisconnectBroker } from '../src/grpc/disconnect-broker.js';
import { Door } from '../src/grpc/door.js';
import { takeLibraryLog } from '../src/grpc/library-log.js';
import { GrpcServer } from '../src/grpc/server.js';
import { startHttpServer } from '../src/http/server.js';
import { AlertLog } from '../src/telemetry/alert-log.js';
import { registerWebhookMetrics } from '../src/telemetry/webhook-metrics.js';
import { readServerTls } from '../src/tls.js';
import { assembleAdmission } from './assemble-admission.js';
import { composeCalls } from './compose-calls.js';
import { composeEvents } from './compose-events.js';
import { composeMetrics } from './compose-metrics.js';
import { composeReconciliation } from './compose-reconciliation.js';
import { type ComposedStore, composeStore } from './compose-store.js';
import { composeSwitches, healthOf, joinSwitches } from './compose-switches.js';
import { composeWebhooks } from './compose-webhooks.js';
import {
  fingerprintOf,
  hostOf,
  listedWebhooksOf,
  portOf,
  refuseExposure,
  webhooksOf,
} from './config-slices.js';
import type { ServingProcess } from './running-process.js';
import { version } from './version.js';
import { warmUp } from './warm-up.js';

const SWEEP_MS = 1_000;
const WARM_UP_CAPACITY = 10_000;
/** What is not written by then is lost: switches wait for the sidecar to be gone. At the least, and at the most. */
const LAST_FLUSH_MS_MIN = 250;
const LAST_FLUSH_MS_MAX = 2_000;
/** For telling the other sidecars that nobody has to wait for this one. */
const SIGN_OFF_MS = 250;
const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Milliseconds of the monotonic clock, with fractions. */
const preciseNow = (): number => performance.now();
const clock = { now: (): number => Math.floor(preciseNow()) };
const wallClock: WallClock = {
  dateOf: (monotonicMs) => new Date(Date.now() + Math.round(monotonicMs - preciseNow())),
  monotonicMsOf: (date) => Math.floor(preciseNow() + (date.getTime() - Date.now())),
};

/** `acm serve`: the detection service. @throws AcmError if it cannot start. */
export async function startSidecar(config: Config, log: Log): Promise<ServingProcess> {
  takeLibraryLog(log);
  const tls = readServerTls(config);
  refuseExposure(config, tls !== undefined, [
    ['ACM_GRPC_ADDRESS', hostOf(config.grpcAddress)],
    ['API_HOST', config.apiHost],
  ]);
  const store = composeStore(config, log, wallClock);
  const webhooks = composeWebhooks(webhooksOf(config), store.deliveries, log);
  await warmUpAdmission(config);
  const switches = composeSwitches(config, log);
  const sidecar = composeSidecar(config, log, store, switches);
  const reconciliation = composeReconciliation(config, sidecar.admission, sidecar.metrics.registry, log);
  await store.start(sidecar.admission);
  const { handlers, management, keeper, events, calls } = sidecar;
  // Without a store there is nothing to keep a token in; one that is away is heard of later.
  let toldOfTokens = store.health.kind === 'none' || warnWithoutTokens(sidecar.admission.tokens, log);
  const { grpcAddress: address, grpcSocket: socket } = config;
  const grpc = new GrpcServer({ address, socket, tls, handlers, keeper, management });
  const metrics = (): Promise<string> => sidecar.metrics.registry.metrics();
  let draining = false;
  const http = await startHttpServer({
    host: config.apiHost,
    port: config.apiPort,
    tls,
    corsOrigins: config.apiCorsOrigins,
    health: () => ({
      status: draining ? 'draining' : sidecar.isDegraded() ? 'degraded' : 'ok',
      timestamp: new Date().toISOString(),
      version,
      database: store.health,
      ...(switches.length === 0 ? {} : { switches: healthOf(switches) }),
      ...(reconciliation === undefined ? {} : { reconciliation: reconciliation.health() }),
      stats: sidecar.admission.stats(),
    }),
    metrics,
    api: {
      ...management,
      ...calls,
      keeper,
      admission: sidecar.admission,
      events,
      nowMs: preciseNow,
      wallClock,
      version,
    },
    log,
  }).catch(async (error: unknown) => {
    await store.stop(0);
    throw error;
  });
  const grpcPort = await grpc.start().catch(async (error: unknown) => {
    await http.close();
    await store.stop(0);
    throw error;
  });
  const joined = await joinSwitches(switches, sidecar.admission).catch(async (error: unknown) => {
    await grpc.drain(0);
    await http.close();
    await store.stop(0);
    throw error;
  });
  registerWebhookMetrics(sidecar.metrics.registry, webhooks.tally);
  webhooks.start();
  reconciliation?.start();
  sidecar.metrics.watchProcess();
  const sweeper = setInterval(() => {
    sidecar.admission.sweep();
    if (!toldOfTokens) toldOfTokens = warnWithoutTokens(sidecar.admission.tokens, log);
    handlers.endStreamsUnless((caller) => keeper.isStillKnown(caller));
    events.endUnless((caller) => keeper.isStillKnown(caller));
  }, SWEEP_MS);
  const unfollow = sidecar.follow();
  return {
    ports: { grpc: grpcPort, http: portOf(http.server.address()) },
    metrics,
    async stop() {
      draining = true;
      unfollow();
      events.drain();
      const deadline = preciseNow() + config.drainMs;
      await Promise.all([grpc.drain(config.drainMs), joined.stop()]);
      await reconciliation?.stop(SIGN_OFF_MS);
      clearInterval(sweeper);
      sidecar.admission.timeline.finish(new Date());
      const leftMs = deadline - preciseNow();
      const boundMs = Math.min(Math.max(leftMs, LAST_FLUSH_MS_MIN), LAST_FLUSH_MS_MAX);
      await webhooks.stop(boundMs);
      await store.stop(boundMs);
      await http.close();
    },
  };
}

/** Runs made-up calls through an admission of their own, which is then thrown away. */
async function warmUpAdmission(config: Config): Promise<void> {
  const small = {
    ...config,
    windowCapacity: WARM_UP_CAPACITY,
    dataDir: 'none',
    databaseUrl: '',
    pgHost: '',
    file: { ...config.file, webhooks: [] },
  };
  const { handlers, keeper } = composeSidecar(small, SILENCE, composeStore(small, SILENCE, wallClock), []);
  await warmUp(handlers.behind(new Door('loopback', keeper)));
}

/**
 * Until there is a token, being on this machine is all that counts: people should know.
 * @returns whether it was known if there are tokens.
 */
function warnWithoutTokens({ loaded, everMade }: Tokens, log: Log): boolean {
  if (loaded && !everMade)
    log.warn(
      {},
      'there are no access tokens yet: whoever is on this machine may do everything, others need a client certificate; ' +
        'make the first token with `acm token init`',
    );
  return loaded;
}

/** The admission with its adapters, but for those that open ports or files. */
function composeSidecar(
  config: Config,
  log: Log,
  store: ComposedStore,
  switches: readonly SwitchConnector[],
) {
  const broker = new DisconnectBroker();
  const now = (): Date => new Date();
  const events = composeEvents({ log, wallClock, now, nowMs: preciseNow });
  const alertLog = new AlertLog(log, (event, severity) => metrics.countAlert(event, severity));
  const tally = new DayTally(now);
  const controls = [...switches.flatMap(({ control }) => control ?? []), broker];
  const admission = assembleAdmission(config, {
    log,
    alerts: new AlertFanOut([alertLog, events.alerts, tally]),
    alertChanges: events.alerts,
    recorder: store.recorder,
    // Another store's revisions mean nothing here; reading ours for nothing does no harm. One that is away is read when it is back.
    rulesChanged: (revision) => {
      if (revision > store.watch.revision) void store.watch.catchUp().catch(() => undefined);
    },
    rulesRevision: () => store.watch.revision,
    controls,
    settled: (order, control, outcome) => {
      metrics.countDisconnect(control, outcome);
      tally.settled(order, outcome);
    },
    fingerprint: fingerprintOf(config),
    now: clock.now,
    nowMs: preciseNow,
    wallClock,
  });
  const { state, book, tokens, callCheck, callReports } = admission;
  const { window, policies, counters } = state;
  const keeper = new Doorkeeper(tokens, config.file.identities, Date.now);
  const metrics = composeMetrics({
    admission,
    broker,
    store,
    keeper,
    streams: events.streams,
    switches: switches.map(({ figures }) => figures),
    controls: controls.map(({ name }) => name),
    windowCapacity: config.windowCapacity,
    now: clock.now,
  });
  const ruleDesk = new RuleDesk({
    store: store.rules,
    watch: store.watch,
    book,
    recorder: store.recorder,
    now,
  });
  const alerts = new AlertDesk(store.alerts, ruleDesk, now, events.alerts);
  const statistics = new StatisticsDesk({
    timeline: admission.timeline,
    counters,
    calls: admission.calls,
    policies,
    alerts: store.alerts,
    store: store.statistics,
    now,
  });
  const asked = { alerts, statistics, tally, log, wallClock, now, nowMs: preciseNow };
  const calls = composeCalls({ config, admission, store, ...asked });
  return {
    admission,
    calls,
    metrics,
    keeper,
    events: events.streams,
    follow: () => events.follow(admission),
    management: {
      alerts,
      rules: ruleDesk,
      tokens: new TokenDesk(store.tokens, store.watch, now),
      audit: new AuditDesk(store.audit),
      statistics,
      callDesk: calls.callDesk,
      webhooks: new WebhookDesk(listedWebhooksOf(config), store.deadLetters, now),
      inForce: {
        enforcement: () => policies.enforcement,
        explain: (call: CallInQuestion) => explainCall(state, call, clock.now()),
      },
      log,
      now,
    },
    handlers: new DetectionHandlers({
      callCheck,
      callReports,
      policies,
      broker,
      counters,
      log,
      nowMs: preciseNow,
    }),
    isDegraded: () =>
      store.health.state !== 'up' ||
      switches.some(({ figures }) => figures.up === false) ||
      state.peers.isMissing(clock.now()) ||
      clock.now() - window.lastEvictionMs <= config.windowSeconds * 1000,
  };
}

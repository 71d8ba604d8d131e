/** The composition roots, one function a process. With the other compose-*.ts the only files that name adapters. */
import { AlertDesk } from '../src/admission/alert-desk.js';
import { AlertFanOut } from '../src/admission/alert-fan-out.js';
import { type CallInQuestion, explainCall } from '../src/admission/explain-call.js';
import type { Log, WallClock } from '../src/admission/ports.js';
import { RuleDesk } from '../src/admission/rule-desk.js';
import { SidecarClient } from '../src/client/sidecar-client.js';
import type { Config } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import { DetectionHandlers } from '../src/grpc/detection-service.js';
import { DisconnectBroker } from '../src/grpc/disconnect-broker.js';
import { GrpcServer } from '../src/grpc/server.js';
import { startHttpServer } from '../src/http/server.js';
import { SipAgent } from '../src/sip/agent.js';
import { AgentMetrics } from '../src/telemetry/agent-metrics.js';
import { AlertLog } from '../src/telemetry/alert-log.js';
import { registerEventMetrics } from '../src/telemetry/event-metrics.js';
import { SidecarMetrics } from '../src/telemetry/sidecar-metrics.js';
import { registerStoreMetrics } from '../src/telemetry/store-metrics.js';
import { clientTlsOf, readServerTls } from '../src/tls.js';
import { assembleAdmission } from './assemble-admission.js';
import { composeEvents } from './compose-events.js';
import { type ComposedStore, composeStore } from './compose-store.js';
import { addressOf, exemptionsOf, fingerprintOf, hostOf, refuseExposure, trunksOf } from './config-slices.js';
import { version } from './version.js';
import { warmUp } from './warm-up.js';

/** A process that runs until it is stopped. */
export interface RunningProcess {
  /** Ports in use, by what is served there; of interest where the configuration said 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Stops within the configured bound. */
  stop(): Promise<void>;
}

const SWEEP_MS = 1_000;
const WARM_UP_CAPACITY = 10_000;
/** What is not written by then is lost: switches wait for the sidecar to be gone. At the least, and at the most. */
const LAST_FLUSH_MS_MIN = 250;
const LAST_FLUSH_MS_MAX = 2_000;
const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Milliseconds of the monotonic clock, with fractions. */
const preciseNow = (): number => performance.now();
const clock = { now: (): number => Math.floor(preciseNow()) };
const wallClock: WallClock = {
  dateOf: (monotonicMs) => new Date(Date.now() + Math.round(monotonicMs - preciseNow())),
  monotonicMsOf: (date) => Math.floor(preciseNow() + (date.getTime() - Date.now())),
};

/** `acm serve`: the detection service. @throws AcmError if it cannot start. */
export async function startSidecar(config: Config, log: Log): Promise<RunningProcess> {
  const tls = readServerTls(config);
  refuseExposure(config, tls !== undefined, [
    ['ACM_GRPC_ADDRESS', hostOf(config.grpcAddress)],
    ['API_HOST', config.apiHost],
  ]);
  warmUpAdmission(config);
  const store = composeStore(config, log, wallClock);
  const sidecar = composeSidecar(config, log, store);
  await store.start(sidecar.admission);
  const { handlers, management, events } = sidecar;
  const { grpcAddress: address, grpcSocket: socket } = config;
  const grpc = new GrpcServer({ address, socket, tls, handlers, management });
  let draining = false;
  const http = await startHttpServer({
    host: config.apiHost,
    port: config.apiPort,
    tls,
    health: () => ({
      status: draining ? 'draining' : sidecar.isDegraded() ? 'degraded' : 'ok',
      timestamp: new Date().toISOString(),
      version,
      database: store.health,
      stats: sidecar.admission.stats(),
    }),
    metrics: () => sidecar.metrics.registry.metrics(),
    api: { ...management, admission: sidecar.admission, events, nowMs: preciseNow, wallClock, version },
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
  sidecar.metrics.watchProcess();
  const sweeper = setInterval(sidecar.admission.sweep, SWEEP_MS);
  const unfollow = sidecar.follow();
  return {
    ports: { grpc: grpcPort, http: portOf(http.server.address()) },
    async stop() {
      draining = true;
      unfollow();
      events.drain();
      const deadline = preciseNow() + config.drainMs;
      await grpc.drain(config.drainMs);
      clearInterval(sweeper);
      const leftMs = deadline - preciseNow();
      await store.stop(Math.min(Math.max(leftMs, LAST_FLUSH_MS_MIN), LAST_FLUSH_MS_MAX));
      await http.close();
    },
  };
}

/** Runs made-up calls through an admission of their own, which is then thrown away. */
function warmUpAdmission(config: Config): void {
  const store = composeStore({ ...config, dataDir: 'none', databaseUrl: '', pgHost: '' }, SILENCE, wallClock);
  const small = { ...config, windowCapacity: WARM_UP_CAPACITY };
  warmUp(composeSidecar(small, SILENCE, store).handlers.implementation);
}

/** The admission with its adapters, but for those that open ports or files. */
function composeSidecar(config: Config, log: Log, store: ComposedStore) {
  const broker = new DisconnectBroker();
  const now = (): Date => new Date();
  const events = composeEvents({ log, wallClock, now, nowMs: preciseNow });
  const alertLog = new AlertLog(log, (event, severity) => metrics.countAlert(event, severity));
  const admission = assembleAdmission(config, {
    log,
    alerts: new AlertFanOut([alertLog, events.alerts]),
    alertChanges: events.alerts,
    recorder: store.recorder,
    controls: [broker],
    settled: (control, outcome) => metrics.countDisconnect(control, outcome),
    fingerprint: fingerprintOf(config),
    now: clock.now,
    wallClock,
  });
  const { state, calls, teardown, book, callCheck, callReports } = admission;
  const { window, attempts, incidents, blocks, allowlist, policies, counters } = state;
  const metrics = new SidecarMetrics(counters, {
    livePairs: () => window.livePairs,
    windowCapacity: () => config.windowCapacity,
    windowEvictions: () => window.evictions,
    windowCallOverflows: () => window.callOverflows,
    attempts: () => attempts.live,
    attemptOverflows: () => attempts.overflows,
    callsInProgress: () => calls.size,
    callOverflows: () => calls.overflows,
    openIncidents: () => incidents.open,
    incidentOverflows: () => incidents.overflows,
    blocks: () => blocks.size,
    blockOverflows: () => blocks.overflows,
    allowlistEntries: () => allowlist.size,
    allowlistOverflows: () => allowlist.overflows,
    policies: () => policies.overrides,
    policyOverflows: () => policies.overflows,
    teardownsUnderWay: () => teardown.underWay,
    watchedSwitches: () => broker.watchedSwitches,
  });
  const { outbox } = store;
  registerStoreMetrics(metrics.registry, {
    ...outbox,
    up: () => store.health.state === 'up',
    rulesLoaded: () => book.loaded,
    journalDropped: () => state.journal?.dropped ?? 0,
  });
  const { streams } = events;
  registerEventMetrics(metrics.registry, {
    clients: () => streams.clients,
    refused: () => streams.refused,
    resets: () => streams.resets,
    dropped: (cause) => streams.dropped(cause),
  });
  const ruleDesk = new RuleDesk({
    store: store.rules,
    watch: store.watch,
    book,
    recorder: store.recorder,
    now,
  });
  return {
    admission,
    metrics,
    events: streams,
    follow: () => events.follow(admission),
    management: {
      alerts: new AlertDesk(store.alerts, ruleDesk, now, events.alerts),
      rules: ruleDesk,
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
      store.health.state !== 'up' || clock.now() - window.lastEvictionMs <= config.windowSeconds * 1000,
  };
}

/** `acm sip-agent`: stands in the path of calls. @throws AcmError if it cannot start. */
export async function startSipAgent(config: Config, log: Log): Promise<RunningProcess> {
  const nextHop = config.file.next_hop;
  if (nextHop === undefined)
    throw new ConfigError(['ACM_CONFIG: next_hop is needed: the SIP URI that calls are passed on to']);
  const metricsHost = hostOf(config.sipMetricsAddress);
  refuseExposure(config, false, [['ACM_SIP_METRICS_ADDRESS', metricsHost]]);
  const client = connectClient(config);
  const telemetry = new AgentMetrics();
  const agent = new SipAgent({
    client,
    trunks: trunksOf(config),
    exemptions: exemptionsOf(config),
    telemetry,
    clock,
    log,
    settings: {
      switchId: config.switchId,
      mode: config.sipMode,
      nextHop,
      drachtio: { ...addressOf(config.drachtioAddress), secret: config.drachtioSecret },
    },
  });
  const http = await startHttpServer({
    ...addressOf(config.sipMetricsAddress),
    tls: undefined,
    health: () => ({
      status: agent.connected && client.connected ? 'ok' : 'degraded',
      timestamp: new Date().toISOString(),
      version,
      stats: { drachtio_connected: Number(agent.connected), sidecar_connected: Number(client.connected) },
    }),
    metrics: () => telemetry.registry.metrics(),
    log,
  });
  agent.start();
  return {
    ports: { http: portOf(http.server.address()) },
    async stop() {
      await agent.stop(config.drainMs);
      client.close();
      await http.close();
    },
  };
}

/** A client of the configured sidecar. @throws ConfigError for TLS files that cannot be read. */
function connectClient(config: Config): SidecarClient {
  const tls = clientTlsOf(config);
  return SidecarClient.connect({
    address: config.sidecarAddress,
    deadlineMs: config.checkDeadlineMs,
    onFailure: config.onFailure,
    ...(tls === undefined ? {} : { tls }),
  });
}

function portOf(address: { port: number } | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

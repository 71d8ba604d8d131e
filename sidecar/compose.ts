/** The composition roots, one function a process: the only file that names every adapter. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aftermath } from '../src/admission/aftermath.js';
import { Allowlist } from '../src/admission/allowlist.js';
import { ATTEMPT_MS, AttemptMemory } from '../src/admission/attempt-memory.js';
import { Blocks } from '../src/admission/blocks.js';
import { CallReports } from '../src/admission/call-reports.js';
import { Calls } from '../src/admission/calls.js';
import { CallCheck } from '../src/admission/check-call.js';
import { CheckCounters } from '../src/admission/counters.js';
import { Incidents } from '../src/admission/incident.js';
import { Policies } from '../src/admission/policy.js';
import type { Log } from '../src/admission/ports.js';
import { sipAnswerOf } from '../src/admission/reject-profile.js';
import { Teardown } from '../src/admission/teardown.js';
import { SidecarClient } from '../src/client/sidecar-client.js';
import type { Config } from '../src/config.js';
import { CallerWindow } from '../src/detection/caller-window.js';
import { NumberKeys } from '../src/detection/number-keys.js';
import { ConfigError } from '../src/errors.js';
import { DetectionHandlers } from '../src/grpc/detection-service.js';
import { DisconnectBroker } from '../src/grpc/disconnect-broker.js';
import { GrpcServer } from '../src/grpc/server.js';
import { startHttpServer } from '../src/http/server.js';
import { SipAgent } from '../src/sip/agent.js';
import { AgentMetrics } from '../src/telemetry/agent-metrics.js';
import { AlertLog } from '../src/telemetry/alert-log.js';
import { SidecarMetrics } from '../src/telemetry/sidecar-metrics.js';
import { clientTlsOf, readServerTls } from '../src/tls.js';
import { addressOf, exemptionsOf, hostOf, policyOf, refuseExposure, trunksOf } from './config-slices.js';
import { version } from './version.js';
import { warmUp } from './warm-up.js';

/** A process that runs until it is stopped. */
export interface RunningProcess {
  /** Ports in use, by what is served there; of interest where the configuration said 0. */
  readonly ports: Readonly<Record<string, number>>;
  /** Stops within the configured bound. */
  stop(): Promise<void>;
}

/** Most attempts remembered: 32 s of 300,000 calls a second, 720 MB once they have all been used. */
const ATTEMPTS_MAX = 10_000_000;
const SWEEP_MS = 1_000;
const WARM_UP_CAPACITY = 10_000;
const SILENCE: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Milliseconds of the monotonic clock, with fractions. */
const preciseNow = (): number => performance.now();
const clock = { now: (): number => Math.floor(preciseNow()) };

/** `acm serve`: the detection service. @throws AcmError if it cannot start. */
export async function startSidecar(config: Config, log: Log): Promise<RunningProcess> {
  const tls = readServerTls(config);
  refuseExposure(config, tls !== undefined, [
    ['ACM_GRPC_ADDRESS', hostOf(config.grpcAddress)],
    ['API_HOST', config.apiHost],
  ]);
  warmUpAdmission(config);
  const admission = composeAdmission(config, log);
  const handlers = new DetectionHandlers({ ...admission, log, nowMs: preciseNow });
  const grpc = new GrpcServer({ address: config.grpcAddress, socket: config.grpcSocket, tls, handlers });
  let draining = false;
  const http = await startHttpServer({
    host: config.apiHost,
    port: config.apiPort,
    tls,
    health: () => ({
      status: draining ? 'draining' : admission.isDegraded() ? 'degraded' : 'ok',
      timestamp: new Date().toISOString(),
      version,
      stats: admission.stats(),
    }),
    metrics: () => admission.metrics.registry.metrics(),
  });
  const grpcPort = await grpc.start().catch(async (error: unknown) => {
    await http.close();
    throw error;
  });
  admission.metrics.watchProcess();
  const sweeper = setInterval(admission.sweep, SWEEP_MS);
  return {
    ports: { grpc: grpcPort, http: portOf(http.server.address()) },
    async stop() {
      draining = true;
      await grpc.drain(config.drainMs);
      clearInterval(sweeper);
      await http.close();
    },
  };
}

/** Runs made-up calls through an admission of their own, which is then thrown away. */
function warmUpAdmission(config: Config): void {
  const admission = composeAdmission({ ...config, windowCapacity: WARM_UP_CAPACITY }, SILENCE);
  warmUp(new DetectionHandlers({ ...admission, log: SILENCE, nowMs: preciseNow }).implementation);
}

/** Everything between the request and the verdict, and what follows it. */
function composeAdmission(config: Config, log: Log) {
  const seed = randomInt(2 ** 32) | 0;
  const keys = new NumberKeys();
  const counters = new CheckCounters();
  const policies = new Policies(policyOf(config), keys);
  const window = new CallerWindow({
    capacity: config.windowCapacity,
    windowsMs: policies.windowsMs,
    keys,
    seed,
  });
  const attempts = new AttemptMemory(attemptCapacityOf(config), keys, seed);
  const [allowlist, blocks, incidents] = [new Allowlist(keys), new Blocks(keys), new Incidents(keys)];
  const calls = new Calls(attempts, keys);
  const broker = new DisconnectBroker();
  const trunks = trunksOf(config);
  const exemptions = exemptionsOf(config);
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
    teardownsUnderWay: () => teardown.underWay,
    watchedSwitches: () => broker.watchedSwitches,
  });
  const teardown = new Teardown({
    controls: [broker],
    answer: sipAnswerOf(config.rejectProfile, config.rejectUrl),
    log,
    settled: (control, outcome) => metrics.countDisconnect(control, outcome),
    now: clock.now,
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
    random: Math.random,
  });
  const alerts = new AlertLog(log, (event, severity) => metrics.countAlert(event, severity));
  const defer = (work: () => void): void => void setImmediate(work);
  const aftermath = new Aftermath({
    keys,
    window,
    allowlist,
    blocks,
    calls,
    teardown,
    alerts,
    counters,
    log,
    defer,
  });
  const state = {
    keys,
    window,
    attempts,
    policies,
    allowlist,
    blocks,
    incidents,
    trunks,
    exemptions,
    counters,
    aftermath,
  };
  return {
    callCheck: new CallCheck(state),
    callReports: new CallReports(state, calls, teardown),
    policies,
    broker,
    counters,
    metrics,
    isDegraded: () => clock.now() - window.lastEvictionMs <= config.windowSeconds * 1000,
    stats: () => ({
      window_pairs: window.livePairs,
      calls_in_progress: calls.size,
      incidents_open: incidents.open,
      blocks: blocks.size,
    }),
    sweep: () => {
      const now = clock.now();
      window.advance(now);
      blocks.sweep(now);
      allowlist.sweep(now);
      calls.sweep(now);
      aftermath.ended(incidents.sweep(now));
    },
  };
}

/** Room for as many attempts as come, in the time for which they are remembered, at the rate that fills the window. */
function attemptCapacityOf({ windowCapacity, windowSeconds }: Config): number {
  return Math.min(ATTEMPTS_MAX, Math.ceil((windowCapacity * ATTEMPT_MS) / (windowSeconds * 1000)));
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

/** The metrics of `acm serve`: what is asked of which part when Prometheus asks. */
import type { Doorkeeper } from '../src/admission/doorkeeper.js';
import type { SwitchFigures } from '../src/admission/switch-figures.js';
import type { DisconnectBroker } from '../src/grpc/disconnect-broker.js';
import type { EventStreams } from '../src/http/event-streams.js';
import { registerAccessMetrics } from '../src/telemetry/access-metrics.js';
import { registerEventMetrics } from '../src/telemetry/event-metrics.js';
import { registerReconcileMetrics } from '../src/telemetry/reconcile-metrics.js';
import { SidecarMetrics } from '../src/telemetry/sidecar-metrics.js';
import { registerStoreMetrics } from '../src/telemetry/store-metrics.js';
import { registerSwitchMetrics } from '../src/telemetry/switch-metrics.js';
import type { Admission } from './assemble-admission.js';
import type { ComposedStore } from './compose-store.js';

export interface MeasuredParts {
  readonly admission: Admission;
  readonly broker: DisconnectBroker;
  readonly store: ComposedStore;
  readonly keeper: Doorkeeper;
  readonly streams: EventStreams;
  readonly switches: readonly SwitchFigures[];
  /** Ways of ending a call, by name. */
  readonly controls: readonly string[];
  readonly windowCapacity: number;
  /** Monotonic, whole milliseconds. */
  readonly now: () => number;
}

export function composeMetrics(parts: MeasuredParts): SidecarMetrics {
  const { now, admission, broker, store, keeper, streams, switches, controls, windowCapacity } = parts;
  const { state, calls, teardown, book, incidentNews, peerNews } = admission;
  const { window, attempts, incidents, blocks, allowlist, policies, counters } = state;
  const metrics = new SidecarMetrics(counters, {
    livePairs: () => window.livePairs,
    windowCapacity: () => windowCapacity,
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
    controls,
  });
  registerStoreMetrics(metrics.registry, {
    ...store.outbox,
    up: () => store.health.state === 'up',
    rulesLoaded: () => book.loaded,
    journalDropped: () => state.journal?.dropped ?? 0,
  });
  registerAccessMetrics(metrics.registry, {
    refused: () => keeper.refused,
    limited: () => keeper.limited,
  });
  registerEventMetrics(metrics.registry, {
    clients: () => streams.clients,
    refused: () => streams.refused,
    resets: () => streams.resets,
    dropped: (cause) => streams.dropped(cause),
  });
  registerSwitchMetrics(metrics.registry, switches);
  const { peers } = state;
  registerReconcileMetrics(metrics.registry, {
    state: () => peers.link,
    peers: () => peers.list(now()).length,
    isMissing: () => peers.isMissing(now()),
    stateAgeMs: () => peers.stateAgeMs(now()),
    peerOverflows: () => peers.overflows,
    blocksDropped: () => incidentNews.blocksDropped,
    malformedNews: () => peerNews.malformed,
    lateCalls: () => peerNews.late,
  });
  return metrics;
}

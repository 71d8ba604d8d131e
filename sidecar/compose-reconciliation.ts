/** Reconciliation with other sidecars: the exchange that the configuration asks for, joined to admission. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../src/admission/ip-address.js';
import type { Log } from '../src/admission/ports.js';
import type { Config } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import type { HealthReport } from '../src/http/health.js';
import { LumaClient } from '../src/reconcile/luma-client.js';
import { LAG_BUCKETS_MS } from '../src/reconcile/reconcile-figures.js';
import { Seal } from '../src/reconcile/sealed-news.js';
import { WindowExchange } from '../src/reconcile/window-exchange.js';
import { registerExchangeMetrics } from '../src/telemetry/reconcile-metrics.js';
import type { SidecarMetrics } from '../src/telemetry/sidecar-metrics.js';
import { clientTlsOf } from '../src/tls.js';
import type { Admission } from './assemble-admission.js';

/** The exchange as the rest of a sidecar sees it. */
export interface ComposedReconciliation {
  health(): NonNullable<HealthReport['reconciliation']>;
  start(): void;
  /** Signs off, as far as that is possible within the bound. */
  stop(boundMs: number): Promise<void>;
}

/** @returns undefined where this sidecar counts its own calls only. @throws ConfigError */
export function composeReconciliation(
  config: Config,
  admission: Admission,
  registry: SidecarMetrics['registry'],
  log: Log,
): ComposedReconciliation | undefined {
  if (config.lumaHost === '') return undefined;
  const { state, ownNews, peerNews } = admission;
  const { window, peers } = state;
  const now = (): number => performance.now();
  const exchange = new WindowExchange({
    luma: connectLuma(config),
    self: { id: randomUUID(), name: `${hostname()}/${process.pid}` },
    source: ownNews,
    sink: peerNews,
    log,
    intervalMs: config.reconcileIntervalMs,
    windowMs: () => window.longestMs,
    seal: config.numberPrivacy === 'hash' ? new Seal(config.numberPrivacyKey) : undefined,
    tick: (nowMs) => peerNews.tick(Math.floor(nowMs)),
    onState: (link) => peers.linkIs(link, Math.floor(now())),
    now,
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
    yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
    random: Math.random,
  });
  registerExchangeMetrics(registry, exchange.figures, LAG_BUCKETS_MS);
  return {
    health: () => ({
      state: exchange.state,
      detail: exchange.detail,
      peers: peers.list(Math.floor(now())).map(({ name, id, ageMs }) => ({ name, id, age_ms: ageMs })),
    }),
    start() {
      peers.linkIs(exchange.state, Math.floor(now()));
      exchange.start();
    },
    stop: (boundMs) => exchange.stop(boundMs),
  };
}

/** @throws ConfigError for TLS files that cannot be read, and for a token that would cross a network in the clear. */
function connectLuma(config: Config): LumaClient {
  const { lumaHost: host, lumaPort: port, lumaToken: token, allowPlaintext } = config;
  const files = {
    clientTlsCa: config.lumaTlsCa,
    clientTlsCert: config.lumaTlsCert,
    clientTlsKey: config.lumaTlsKey,
  };
  const tls = clientTlsOf(files, 'LUMADB_GRPC_TLS');
  // Without TLS phone numbers would cross the network in the clear, and the token with them.
  if (tls === undefined && !allowPlaintext && !isLoopback(host))
    throw new ConfigError([
      `LUMADB_GRPC_HOST: ${host} is not loopback; set LUMADB_GRPC_TLS_CA, or ACM_ALLOW_PLAINTEXT=true to talk to it without TLS`,
    ]);
  return new LumaClient({ address: `${host.includes(':') ? `[${host}]` : host}:${port}`, tls, token });
}

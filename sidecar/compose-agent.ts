/** The composition root of `acm sip-agent`. */
import type { Log } from '../src/admission/ports.js';
import { SidecarClient } from '../src/client/sidecar-client.js';
import type { Config } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import { startHttpServer } from '../src/http/server.js';
import { SipAgent } from '../src/sip/agent.js';
import { AgentMetrics } from '../src/telemetry/agent-metrics.js';
import { clientTlsOf } from '../src/tls.js';
import {
  addressOf,
  clientTokenOf,
  exemptionsOf,
  hostOf,
  portOf,
  refuseExposure,
  trunksOf,
} from './config-slices.js';
import type { ServingProcess } from './running-process.js';
import { version } from './version.js';

const clock = { now: (): number => Math.floor(performance.now()) };

/** `acm sip-agent`: stands in the path of calls. @throws AcmError if it cannot start. */
export async function startSipAgent(config: Config, log: Log): Promise<ServingProcess> {
  const nextHop = config.file.next_hop;
  if (nextHop === undefined)
    throw new ConfigError(['ACM_CONFIG: next_hop is needed: the SIP URI that calls are passed on to']);
  const metricsHost = hostOf(config.sipMetricsAddress);
  refuseExposure(config, false, [['ACM_SIP_METRICS_ADDRESS', metricsHost]]);
  const client = connectClient(config);
  const telemetry = new AgentMetrics();
  const metrics = (): Promise<string> => telemetry.registry.metrics();
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
    metrics,
    log,
  });
  agent.start();
  return {
    ports: { http: portOf(http.server.address()) },
    metrics,
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
    token: clientTokenOf(config),
    ...(tls === undefined ? {} : { tls }),
  });
}

/** The composition root of `acm lumadb-gateway`. */
import { isLoopback } from '../src/admission/ip-address.js';
import type { Log } from '../src/admission/ports.js';
import type { Config } from '../src/config.js';
import { ConfigError } from '../src/errors.js';
import { takeLibraryLog } from '../src/grpc/library-log.js';
import { LumaServer } from '../src/grpc/luma-server.js';
import { startHttpServer } from '../src/http/server.js';
import { Gateway } from '../src/reconcile/gateway/gateway.js';
import { examineRole } from '../src/reconcile/gateway/role-examination.js';
import { GatewayMetrics } from '../src/telemetry/gateway-metrics.js';
import { readServerTls, type TlsMaterial } from '../src/tls.js';
import { embeddedOf, type OwnedDatabase, postgresOf } from './compose-gateway-database.js';
import { addressOf, hostOf, portOf, refuseExposure } from './config-slices.js';
import type { ServingProcess } from './running-process.js';
import { version } from './version.js';

const nowMs = (): number => performance.now();

/** `acm lumadb-gateway`: serves LumaDB's gRPC port. @throws AcmError if it cannot start. */
export async function startGateway(config: Config, log: Log): Promise<ServingProcess> {
  takeLibraryLog(log);
  const tls = readServerTls(config);
  refuseStrangers(config, tls);
  const database =
    config.gatewayDatabaseUrl === ''
      ? await embeddedOf(config.gatewayDataDir)
      : postgresOf(config.gatewayDatabaseUrl);
  const gateway = new Gateway({
    database,
    examine: async () => (database.kind === 'embedded' ? '' : await examineRole(database, log)),
    tokenHashes: config.gatewayTokenHashes,
    log,
    nowMs,
  });
  const release = async (): Promise<void> => {
    await gateway.stop();
    await database.close();
  };
  try {
    return await serve(config, log, tls, gateway, database, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function serve(
  config: Config,
  log: Log,
  tls: TlsMaterial | undefined,
  gateway: Gateway,
  database: OwnedDatabase,
  release: () => Promise<void>,
): Promise<ServingProcess> {
  await gateway.start();
  const { state, door, figures } = gateway;
  // Later it is said in the log and in /health; at the start somebody is there to read it.
  if (state.condition === 'unfit') throw new ConfigError([`ACM_GATEWAY_DATABASE_URL: ${state.detail}`]);
  const server = new LumaServer({
    address: config.gatewayAddress,
    tls,
    admit: (address, authorization) => door.admit(address, authorization),
    execute: (request) => gateway.execute(request),
    follow: (request, sink) => gateway.follow(request, sink),
  });
  const { registry } = new GatewayMetrics(figures);
  const metrics = (): Promise<string> => registry.metrics();
  let draining = false;
  const http = await startHttpServer({
    ...addressOf(config.gatewayMetricsAddress),
    tls,
    health: () => ({
      status: draining ? 'draining' : state.isUp ? 'ok' : 'degraded',
      timestamp: new Date().toISOString(),
      version,
      database: { kind: database.kind, state: state.condition, detail: state.detail },
      stats: { followers: figures.followers(), rows: figures.rows(), pruned: figures.pruned() },
    }),
    metrics,
    log,
  });
  const port = await server.start().catch(async (error: unknown) => {
    await http.close();
    throw error;
  });
  state.onChange = (isUp) => server.setServing(isUp && !draining);
  server.setServing(state.isUp);
  return {
    ports: { grpc: port, http: portOf(http.server.address()) },
    metrics,
    // Sidecars can ask another gateway, which may reach the database.
    hindrance: () => (state.isUp ? '' : 'the database cannot be used'),
    async stop() {
      draining = true;
      server.setServing(false);
      gateway.endStreams();
      await server.drain(config.drainMs);
      await release();
      await http.close();
    },
  };
}

/** @throws ConfigError for a gateway that anybody on the network could use without saying who they are. */
function refuseStrangers(config: Config, tls: TlsMaterial | undefined): void {
  const host = hostOf(config.gatewayAddress);
  refuseExposure(config, tls !== undefined, [
    ['ACM_GATEWAY_ADDRESS', host],
    ['ACM_GATEWAY_METRICS_ADDRESS', hostOf(config.gatewayMetricsAddress)],
  ]);
  if (isLoopback(host) || config.gatewayTokenHashes.length > 0 || tls?.clientCa !== undefined) return;
  throw new ConfigError([
    `ACM_GATEWAY_TOKEN_HASHES: ${host} is not loopback, and anybody could store and read what sidecars see; make a token with \`acm lumadb-gateway token\`, or ask for client certificates with ACM_TLS_CLIENT_CA`,
  ]);
}

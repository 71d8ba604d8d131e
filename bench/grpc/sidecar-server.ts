/** The real service as `acm serve` composes it, on loopback. */

import '../../sidecar/tune-v8.js';
import { startSidecar } from '../../sidecar/compose.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { reportReady } from './peer-process.js';

const config = loadConfig({ ACM_GRPC_ADDRESS: '127.0.0.1:0', API_PORT: '0', LOG_LEVEL: 'error' });
const { ports } = await startSidecar(config, createLogger('bench', config.logLevel, config.logFormat));
reportReady(ports['grpc']);

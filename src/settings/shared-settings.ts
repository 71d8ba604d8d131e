/** What every process that keeps running reads. */
import { ALL, BOTH, file, oneOf, optionalAddress, type Setting } from './setting.js';

export const SHARED_SETTINGS = {
  configFile: {
    name: 'ACM_CONFIG',
    default: '',
    unit: '',
    ...file,
    usedBy: BOTH,
    sentence: 'YAML file with trunks, exempt numbers, the next hop and webhooks.',
  },
  healthAddress: {
    name: 'ACM_HEALTH_ADDRESS',
    default: '',
    unit: '',
    ...optionalAddress,
    usedBy: ALL,
    sentence:
      'Where /livez, /readyz and /metrics are served as well, and nothing else: without TLS, to whoever can reach it, for probes and Prometheus.',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    unit: '',
    ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    usedBy: ALL,
    sentence: 'Least severity that is logged. Whole phone numbers appear at debug and below only.',
  },
  logFormat: {
    name: 'LOG_FORMAT',
    default: 'json',
    unit: '',
    ...oneOf('json', 'text'),
    usedBy: ALL,
    sentence: 'One JSON object a line, or lines for people.',
  },
} as const satisfies Record<string, Setting>;

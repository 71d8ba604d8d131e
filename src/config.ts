/**
 * The configuration: one table of environment variables (below), and the YAML file that `ACM_CONFIG` names for what has
 * structure (src/config-file.ts). It is read once, at start, frozen, and passed down in slices. This is the only
 * reader of `process.env`.
 */
import { hostname } from 'node:os';
import { z } from 'zod';
import { type ConfigFile, EMPTY_CONFIG_FILE, readConfigFile } from './config-file.js';
import { ConfigError } from './errors.js';

/** One environment variable: what the README's table and `acm config check` say about it. */
export interface Setting {
  readonly name: string;
  /** As text, the way it would stand in the environment. */
  readonly default: string;
  readonly unit: string;
  /** What it takes, in words; ends the complaint about a bad value. */
  readonly takes: string;
  readonly sentence: string;
  /** The processes that read it. */
  readonly usedBy: readonly ('serve' | 'sip-agent' | 'check')[];
  readonly secret?: true;
  readonly schema: z.ZodType;
}

type Process = Setting['usedBy'][number];
const SERVE: readonly Process[] = ['serve'];
const AGENT: readonly Process[] = ['sip-agent'];
const CLIENTS: readonly Process[] = ['sip-agent', 'check'];
const BOTH: readonly Process[] = ['serve', 'sip-agent'];

function integer(min: number, max: number) {
  const takes = `a whole number from ${min} to ${max}`;
  return { takes, schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max)) };
}

function oneOf<const T extends readonly [string, ...string[]]>(...values: T) {
  return { takes: values.join(' | '), schema: z.enum(values) };
}

const flag = { takes: 'true | false', schema: z.stringbool() };
const text = { takes: 'text, or nothing', schema: z.string() };
const file = { takes: 'the path of a file, or nothing', schema: z.string() };
const httpUrl = {
  takes: 'an http or https URL, or nothing',
  schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
};
const listenAddress = {
  takes: 'host:port, an IPv6 host in square brackets',
  schema: z
    .string()
    .regex(/^(\[[\da-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/)
    .refine((value) => portOf(value) <= 65_535),
};
const dialAddress = {
  takes: 'host:port, or unix:/path of a socket',
  schema: z.union([z.string().regex(/^unix:\/.+/), listenAddress.schema]),
};

/** The port of `host:port`. */
function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Every environment variable, in the order in which people meet them. */
export const SETTINGS = {
  windowSeconds: {
    name: 'ACM_WINDOW_SECONDS',
    default: '5',
    unit: 's',
    ...integer(1, 300),
    usedBy: SERVE,
    sentence: 'Length of the sliding window in which distinct A-numbers are counted.',
  },
  threshold: {
    name: 'ACM_THRESHOLD',
    default: '5',
    unit: 'A-numbers',
    ...integer(2, 100),
    usedBy: SERVE,
    sentence: 'Distinct A-numbers to one B-number within the window from which on a call counts as masked.',
  },
  enforcement: {
    name: 'ACM_ENFORCEMENT',
    default: 'enforce',
    unit: '',
    ...oneOf('enforce', 'shadow'),
    usedBy: SERVE,
    sentence:
      'Whether masked calls are rejected, or only observed: shadow never rejects, blocks or tears down.',
  },
  cooldownSeconds: {
    name: 'ACM_COOLDOWN_SECONDS',
    default: '30',
    unit: 's',
    ...integer(1, 86_400),
    usedBy: SERVE,
    sentence:
      'A detection that follows the last one within this time extends its alert instead of opening a new one.',
  },
  autoBlock: {
    name: 'ACM_AUTO_BLOCK',
    default: 'true',
    unit: '',
    ...flag,
    usedBy: SERVE,
    sentence: 'Whether each A-number of an attack is blocked from calling that B-number again.',
  },
  blockDurationHours: {
    name: 'ACM_BLOCK_DURATION_HOURS',
    default: '24',
    unit: 'h',
    ...integer(1, 8_760),
    usedBy: SERVE,
    sentence: 'How long such a block lasts.',
  },
  autoDisconnect: {
    name: 'ACM_AUTO_DISCONNECT',
    default: 'false',
    unit: '',
    ...flag,
    usedBy: SERVE,
    sentence: 'Whether the earlier calls of an attack are torn down too.',
  },
  anonymousCallers: {
    name: 'ACM_ANONYMOUS_CALLERS',
    default: 'per-source',
    unit: '',
    ...oneOf('per-source', 'one', 'ignore'),
    usedBy: SERVE,
    sentence:
      'How callers who hide their number count: one caller for each source address, one in all, or not at all.',
  },
  windowCapacity: {
    name: 'ACM_WINDOW_CAPACITY',
    default: '1000000',
    unit: 'observations',
    ...integer(1_000, 50_000_000),
    usedBy: SERVE,
    sentence:
      'Most pairs of A- and B-number held at a time; beyond it the oldest go and verdicts say degraded.',
  },
  rejectProfile: {
    name: 'ACM_REJECT_PROFILE',
    default: '608',
    unit: '',
    ...oneOf('608', '603+', '603', '403', '480'),
    usedBy: BOTH,
    sentence:
      'SIP answer to a rejected call: 608 Rejected (RFC 8688), 603 Network Blocked (ATIS-1000099), plain 603, 403 or 480.',
  },
  rejectUrl: {
    name: 'ACM_REJECT_URL',
    default: '',
    unit: '',
    ...httpUrl,
    usedBy: BOTH,
    sentence:
      'Where a wrongly rejected caller can complain; 603+ puts it into its Reason, 608 into Call-Info as a signed jCard.',
  },
  grpcAddress: {
    name: 'ACM_GRPC_ADDRESS',
    default: '127.0.0.1:50052',
    unit: '',
    ...listenAddress,
    usedBy: SERVE,
    sentence: 'Where the gRPC service listens.',
  },
  grpcSocket: {
    name: 'ACM_GRPC_SOCKET',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'UNIX socket on which the gRPC service listens as well.',
  },
  apiHost: {
    name: 'API_HOST',
    default: '127.0.0.1',
    unit: '',
    takes: 'a host name or address',
    schema: z.string().min(1),
    usedBy: SERVE,
    sentence: 'Where HTTP (/health, /metrics) listens.',
  },
  apiPort: {
    name: 'API_PORT',
    default: '5001',
    unit: '',
    ...integer(0, 65_535),
    usedBy: SERVE,
    sentence: 'Port of HTTP.',
  },
  tlsCert: {
    name: 'ACM_TLS_CERT',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'Certificate chain (PEM) with which the sidecar serves TLS.',
  },
  tlsKey: {
    name: 'ACM_TLS_KEY',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'Private key (PEM) of that certificate.',
  },
  tlsClientCa: {
    name: 'ACM_TLS_CLIENT_CA',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'CA certificates (PEM): clients must present a certificate signed by one of them (mutual TLS).',
  },
  allowPlaintext: {
    name: 'ACM_ALLOW_PLAINTEXT',
    default: 'false',
    unit: '',
    ...flag,
    usedBy: BOTH,
    sentence:
      'Whether to listen beyond loopback without TLS. Anyone who can reach the port can then ask and report.',
  },
  drainMs: {
    name: 'ACM_DRAIN_MS',
    default: '5000',
    unit: 'ms',
    ...integer(0, 60_000),
    usedBy: BOTH,
    sentence: 'Longest time that shutting down may take.',
  },
  sidecarAddress: {
    name: 'ACM_SIDECAR_ADDRESS',
    default: '127.0.0.1:50052',
    unit: '',
    ...dialAddress,
    usedBy: CLIENTS,
    sentence: 'The sidecar to ask.',
  },
  clientTlsCa: {
    name: 'ACM_CLIENT_TLS_CA',
    default: '',
    unit: '',
    ...file,
    usedBy: CLIENTS,
    sentence: 'CA certificates (PEM) to check the sidecar against; turns TLS on.',
  },
  clientTlsCert: {
    name: 'ACM_CLIENT_TLS_CERT',
    default: '',
    unit: '',
    ...file,
    usedBy: CLIENTS,
    sentence: 'Certificate chain (PEM) to present to the sidecar (mutual TLS).',
  },
  clientTlsKey: {
    name: 'ACM_CLIENT_TLS_KEY',
    default: '',
    unit: '',
    ...file,
    usedBy: CLIENTS,
    sentence: 'Private key (PEM) of that certificate.',
  },
  checkDeadlineMs: {
    name: 'ACM_CHECK_DEADLINE_MS',
    default: '20',
    unit: 'ms',
    ...integer(1, 5_000),
    usedBy: AGENT,
    sentence: 'How long the SIP agent waits for a verdict.',
  },
  onFailure: {
    name: 'ACM_ON_FAILURE',
    default: 'allow',
    unit: '',
    ...oneOf('allow', 'reject'),
    usedBy: AGENT,
    sentence:
      'What the SIP agent does with a call when there is no verdict. It never rejects under shadow or to an exempt number.',
  },
  sipMode: {
    name: 'ACM_SIP_MODE',
    default: 'b2bua',
    unit: '',
    ...oneOf('b2bua', 'proxy', 'redirect'),
    usedBy: AGENT,
    sentence: 'How the SIP agent passes a call on. Only b2bua can tear calls down.',
  },
  switchId: {
    name: 'ACM_SWITCH_ID',
    default: `${hostname()}-sip`.slice(0, 64),
    unit: '',
    takes: '1 to 64 characters',
    schema: z.string().min(1).max(64),
    usedBy: AGENT,
    sentence: 'Name of this agent towards the sidecar; no two agents may share one.',
  },
  drachtioAddress: {
    name: 'ACM_DRACHTIO_ADDRESS',
    default: '127.0.0.1:9022',
    unit: '',
    ...listenAddress,
    usedBy: AGENT,
    sentence: 'Admin port of drachtio-server.',
  },
  drachtioSecret: {
    name: 'ACM_DRACHTIO_SECRET',
    default: 'cymru',
    unit: '',
    ...text,
    usedBy: AGENT,
    secret: true,
    sentence: 'Secret of that port; the default is the one that drachtio-server ships with.',
  },
  sipMetricsAddress: {
    name: 'ACM_SIP_METRICS_ADDRESS',
    default: '127.0.0.1:5002',
    unit: '',
    ...listenAddress,
    usedBy: AGENT,
    sentence: 'Where the SIP agent serves /metrics and /health.',
  },
  configFile: {
    name: 'ACM_CONFIG',
    default: '',
    unit: '',
    ...file,
    usedBy: BOTH,
    sentence: 'YAML file with trunks, exempt numbers and the next hop.',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    unit: '',
    ...oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    usedBy: BOTH,
    sentence: 'Least severity that is logged. Whole phone numbers appear at debug and below only.',
  },
  logFormat: {
    name: 'LOG_FORMAT',
    default: 'json',
    unit: '',
    ...oneOf('json', 'text'),
    usedBy: BOTH,
    sentence: 'One JSON object a line, or lines for people.',
  },
} as const satisfies Record<string, Setting>;

type Settings = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> };

/** Everything that a process is told at start. */
export interface Config extends Settings {
  readonly file: ConfigFile;
}

/**
 * Reads the configuration. Variables that are absent or empty have their default.
 * @throws ConfigError with every mistake at once, in the environment and in the YAML file.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting>(SETTINGS)) {
    const given = env[setting.name];
    const parsed = setting.schema.safeParse(given === undefined || given === '' ? setting.default : given);
    if (parsed.success) values[key] = parsed.data;
    else
      mistakes.push(
        `${setting.name}: takes ${setting.takes}, not ${setting.secret ? 'what it was given' : `"${given}"`}`,
      );
  }
  const path = values['configFile'];
  const structured =
    typeof path === 'string' && path !== '' ? readConfigFile(path, mistakes) : EMPTY_CONFIG_FILE;
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return deepFreeze({ ...(values as Settings), file: structured });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

/** The effective configuration, `NAME=value` a line, secrets as `***`; the file's content follows as it was understood. */
export function describeConfig(config: Config): string {
  const lines = Object.entries<Setting>(SETTINGS).map(([key, setting]) => {
    const value = String(config[key as keyof Settings]);
    return `${setting.name}=${setting.secret && value !== '' ? '***' : value}`;
  });
  return [
    ...lines,
    `# ${config.configFile || 'no configuration file'}`,
    JSON.stringify(config.file, null, 2),
  ].join('\n');
}

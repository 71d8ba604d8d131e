/** What `acm serve` reads about reconciliation with other sidecars, and `acm lumadb-gateway` about what it serves. */
import { z } from 'zod';
import { file, GATEWAY, integer, listenAddress, SERVE, type Setting, text } from './setting.js';

const HASHES = /^([\da-f]{64}(,[\da-f]{64})*)?$/;

export const RECONCILE_SETTINGS = {
  lumaHost: {
    name: 'LUMADB_GRPC_HOST',
    default: '',
    unit: '',
    takes: 'a host name or address, or nothing',
    schema: z.string(),
    usedBy: SERVE,
    sentence:
      'Host of the LumaDB gRPC port through which sidecars tell each other what they see, for example of `acm lumadb-gateway`. With nothing this sidecar counts its own calls only.',
  },
  lumaPort: {
    name: 'LUMADB_GRPC_PORT',
    default: '50051',
    unit: '',
    ...integer(1, 65_535),
    usedBy: SERVE,
    sentence: 'That port.',
  },
  lumaToken: {
    name: 'LUMADB_GRPC_TOKEN',
    default: '',
    unit: '',
    ...text,
    secret: true,
    usedBy: SERVE,
    sentence: 'Token to show there.',
  },
  lumaTlsCa: {
    name: 'LUMADB_GRPC_TLS_CA',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'CA certificates to check it against (PEM); turns TLS on.',
  },
  lumaTlsCert: {
    name: 'LUMADB_GRPC_TLS_CERT',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'Certificate to present to it (PEM), for mutual TLS.',
  },
  lumaTlsKey: {
    name: 'LUMADB_GRPC_TLS_KEY',
    default: '',
    unit: '',
    ...file,
    usedBy: SERVE,
    sentence: 'Private key of that certificate (PEM).',
  },
  reconcileIntervalMs: {
    name: 'ACM_RECONCILE_INTERVAL_MS',
    default: '50',
    unit: 'ms',
    ...integer(10, 1_000),
    usedBy: SERVE,
    sentence: 'How often a sidecar tells the others what it has seen.',
  },
  gatewayAddress: {
    name: 'ACM_GATEWAY_ADDRESS',
    default: '127.0.0.1:50051',
    unit: '',
    ...listenAddress,
    usedBy: GATEWAY,
    sentence: "Where the gateway serves LumaDB's gRPC port; `--listen` goes before it.",
  },
  gatewayDatabaseUrl: {
    name: 'ACM_GATEWAY_DATABASE_URL',
    default: '',
    unit: '',
    takes: 'a postgres:// URL, or nothing',
    schema: z.string().regex(/^($|postgres(ql)?:\/\/)/),
    secret: true,
    usedBy: GATEWAY,
    sentence:
      'The PostgreSQL behind the gateway, as the role that `acm lumadb-gateway prepare` has made. With nothing it keeps deltas in an embedded store, which is enough for one machine.',
  },
  gatewayDataDir: {
    name: 'ACM_GATEWAY_DATA_DIR',
    default: 'acm-gateway-data',
    unit: '',
    takes: 'the path of a directory',
    schema: z.string().min(1),
    usedBy: GATEWAY,
    sentence: "Where the gateway's embedded store is. Not the one of a sidecar.",
  },
  gatewayTokenHashes: {
    name: 'ACM_GATEWAY_TOKEN_HASHES',
    default: '',
    unit: '',
    takes: 'SHA-256 hashes in hexadecimal, comma-separated, or nothing',
    schema: z
      .string()
      .regex(HASHES)
      .transform((value) => (value === '' ? [] : value.split(','))),
    usedBy: GATEWAY,
    sentence:
      'Hashes of the tokens that sidecars may show; `acm lumadb-gateway token` makes one. With none, a gateway beyond loopback wants client certificates.',
  },
  gatewayMetricsAddress: {
    name: 'ACM_GATEWAY_METRICS_ADDRESS',
    default: '127.0.0.1:9092',
    unit: '',
    ...listenAddress,
    usedBy: GATEWAY,
    sentence: 'Where the gateway serves /health and /metrics.',
  },
} as const satisfies Record<string, Setting>;

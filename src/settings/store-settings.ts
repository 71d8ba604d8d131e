/** What `acm serve` reads about the store. */
import { z } from 'zod';
import { integer, oneOf, SERVE, type Setting, text } from './setting.js';

export const STORE_SETTINGS = {
  dataDir: {
    name: 'ACM_DATA_DIR',
    default: 'acm-data',
    unit: '',
    takes: 'the path of a directory, or none',
    schema: z.string().min(1),
    usedBy: SERVE,
    sentence:
      'Where the embedded store keeps alerts, policies and blocks when no PostgreSQL is configured. With none, a restart forgets them.',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    default: '',
    unit: '',
    takes: 'a postgres:// URL, or nothing',
    schema: z.string().regex(/^($|postgres(ql)?:\/\/)/),
    secret: true,
    usedBy: SERVE,
    sentence: 'The PostgreSQL that keeps them instead; several sidecars may share it.',
  },
  pgHost: {
    name: 'LUMADB_PG_HOST',
    default: '',
    unit: '',
    takes: 'a host name or address, or nothing',
    schema: z.string(),
    usedBy: SERVE,
    sentence:
      'Host of that PostgreSQL (or of anything that speaks its protocol), where there is no DATABASE_URL.',
  },
  pgPort: {
    name: 'LUMADB_PG_PORT',
    default: '5432',
    unit: '',
    ...integer(1, 65_535),
    usedBy: SERVE,
    sentence: 'Its port.',
  },
  pgUser: {
    name: 'LUMADB_PG_USER',
    default: 'lumadb',
    unit: '',
    takes: 'the name of a database user',
    schema: z.string().min(1),
    usedBy: SERVE,
    sentence: 'Its user, who may create tables in the database.',
  },
  pgPassword: {
    name: 'LUMADB_PG_PASSWORD',
    default: '',
    unit: '',
    ...text,
    secret: true,
    usedBy: SERVE,
    sentence: 'The password of that user.',
  },
  pgDatabase: {
    name: 'LUMADB_PG_DATABASE',
    default: 'lumadb',
    unit: '',
    takes: 'the name of a database',
    schema: z.string().min(1),
    usedBy: SERVE,
    sentence: 'Its database.',
  },
  outboxFlushMs: {
    name: 'ACM_OUTBOX_FLUSH_MS',
    default: '50',
    unit: 'ms',
    ...integer(1, 5_000),
    usedBy: SERVE,
    sentence:
      'How long a record waits at the most before it is sent to the store; an alert counts as recorded once the store has committed it.',
  },
  recordCalls: {
    name: 'ACM_RECORD_CALLS',
    default: 'flagged',
    unit: '',
    ...oneOf('flagged', 'all'),
    usedBy: SERVE,
    sentence:
      'Which calls are written down: those that an attack or a block concerns, or all, the others for 300 seconds and as far as there is room.',
  },
  alertRetentionDays: {
    name: 'ACM_ALERT_RETENTION_DAYS',
    default: '90',
    unit: 'days',
    ...integer(1, 3_650),
    usedBy: SERVE,
    sentence: 'How long alerts and the calls that are their evidence are kept.',
  },
  auditRetentionDays: {
    name: 'ACM_AUDIT_RETENTION_DAYS',
    default: '365',
    unit: 'days',
    ...integer(1, 3_650),
    usedBy: SERVE,
    sentence: 'How long it is kept who changed what.',
  },
  numberPrivacy: {
    name: 'ACM_NUMBER_PRIVACY',
    default: 'plain',
    unit: '',
    ...oneOf('plain', 'hash'),
    usedBy: SERVE,
    sentence:
      'How phone numbers are stored: as they are, or as keyed hashes, which can be searched for but not read.',
  },
  numberPrivacyKey: {
    name: 'ACM_NUMBER_PRIVACY_KEY',
    default: '',
    unit: '',
    takes: 'text of 16 characters or more, or nothing',
    schema: z.union([z.literal(''), z.string().min(16)]),
    secret: true,
    usedBy: SERVE,
    sentence:
      'Key of these hashes, the same for every sidecar on the store; without it nothing stored is found again.',
  },
} as const satisfies Record<string, Setting>;

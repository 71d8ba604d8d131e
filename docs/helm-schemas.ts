/** Writes what src/settings/ knows into the schemas of the Helm charts' values: one property for each environment variable. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SETTINGS } from '../src/config.js';
import { fileSchema } from '../src/config-file.js';
import type { Setting } from '../src/settings/setting.js';

type Process = Setting['usedBy'][number];
type Schema = Record<string, unknown>;

/** What the templates set themselves, since the rest of the pod relies on it. */
export const OWN_SETTINGS = {
  serve: [
    'ACM_GRPC_ADDRESS',
    'ACM_GRPC_SOCKET',
    'API_HOST',
    'API_PORT',
    'ACM_TLS_CERT',
    'ACM_TLS_KEY',
    'ACM_TLS_CLIENT_CA',
    'LUMADB_GRPC_HOST',
    'LUMADB_GRPC_PORT',
    'LUMADB_GRPC_TLS_CA',
    'LUMADB_GRPC_TLS_CERT',
    'LUMADB_GRPC_TLS_KEY',
    'ACM_CONFIG',
    'ACM_HEALTH_ADDRESS',
  ],
  'sip-agent': [
    'ACM_SIDECAR_ADDRESS',
    'ACM_CLIENT_TLS_CA',
    'ACM_CLIENT_TLS_CERT',
    'ACM_CLIENT_TLS_KEY',
    'ACM_SWITCH_ID',
    'ACM_DRACHTIO_ADDRESS',
    'ACM_SIP_METRICS_ADDRESS',
    'ACM_CONFIG',
    'ACM_HEALTH_ADDRESS',
  ],
  'lumadb-gateway': [
    'ACM_GATEWAY_ADDRESS',
    'ACM_GATEWAY_DATA_DIR',
    'ACM_GATEWAY_METRICS_ADDRESS',
    'ACM_TLS_CERT',
    'ACM_TLS_KEY',
    'ACM_TLS_CLIENT_CA',
    'ACM_ALLOW_PLAINTEXT',
    'ACM_HEALTH_ADDRESS',
  ],
} as const satisfies Partial<Record<Process, readonly string[]>>;
export type ChartProcess = keyof typeof OWN_SETTINGS;

/** A validator complains with the one value that it would take: so that is where the sentence for people stands. */
const refusal = (why: string): Schema => ({ const: why });
const SET_BY_CHART = refusal('is set by the chart: leave it out');
const SECRET = refusal('is a secret: name it under secrets');
/** The store's place is the chart's; that there is none is for people to say. */
const NO_STORE = { const: 'none' };

/** The variables that a process reads. */
export function settingsOf(process: ChartProcess): Setting[] {
  return Object.values<Setting>(SETTINGS).filter(({ usedBy }) => usedBy.includes(process));
}

/** Whether the templates set it themselves. */
export function isOwn(process: ChartProcess, name: string): boolean {
  return (OWN_SETTINGS[process] as readonly string[]).includes(name);
}

function shapeOf(process: ChartProcess, { name, secret, schema }: Setting): Schema {
  if (isOwn(process, name)) return SET_BY_CHART;
  if (secret) return SECRET;
  if (name === 'ACM_DATA_DIR') return NO_STORE;
  const options = { target: 'draft-7', unrepresentable: 'any' } as const;
  const { $schema, ...understood } = z.toJSONSchema(schema, { ...options, io: 'output' });
  if (understood.type === 'integer' || understood.type === 'boolean') return understood;
  // YAML reads 608 without quotes as a number. The two stand apart, since Helm's validator takes "608" and 608 for equal.
  const numbers = (understood.enum ?? []).map(Number).filter(Number.isInteger);
  if (numbers.length > 0) return { anyOf: [understood, { type: 'integer', enum: numbers }] };
  const { $schema: _, ...written } = z.toJSONSchema(schema, { ...options, io: 'input' });
  return written;
}

function descriptionOf({ name, default: preset, unit, sentence }: Setting): string {
  const shown =
    name === 'ACM_SWITCH_ID' || preset === '' ? '' : ` Default: ${[preset, unit].join(' ').trim()}.`;
  return `${sentence}${shown}`;
}

function closed(properties: Schema): Schema {
  return { type: 'object', additionalProperties: false, properties };
}

function settingsSchema(process: ChartProcess): Schema {
  const rows = settingsOf(process).map((setting): [string, Schema] => [
    setting.name,
    { description: descriptionOf(setting), ...shapeOf(process, setting) },
  ]);
  return closed(Object.fromEntries(rows));
}

/** Any variable may come from a Secret, but for those that the templates set. */
function secretsSchema(process: ChartProcess): Schema {
  const rows = settingsOf(process).map(({ name }): [string, Schema] => [
    name,
    isOwn(process, name) || name === 'ACM_DATA_DIR' ? SET_BY_CHART : { $ref: '#/definitions/secretKey' },
  ]);
  return closed(Object.fromEntries(rows));
}

/** The YAML file, without secrets: a ConfigMap is no place for them. */
function fileSchemaOf(): Schema {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, {
    target: 'draft-7',
    unrepresentable: 'any',
    io: 'input',
    override: ({ jsonSchema }) => {
      // What the process fills in by itself says nothing here.
      delete jsonSchema.default;
      if (jsonSchema.properties?.['secret_file'] !== undefined)
        jsonSchema.properties['secret'] = { const: 'is a secret: use secret_file, and sidecar.secretFiles' };
    },
  });
  return schema;
}

/** For each schema, the definitions that are made here. */
export function generatedDefinitions(): Record<string, Record<string, Schema>> {
  return {
    'helm/charts/acm-sidecar/values.schema.json': {
      serveSettings: settingsSchema('serve'),
      serveSecrets: secretsSchema('serve'),
      agentSettings: settingsSchema('sip-agent'),
      agentSecrets: secretsSchema('sip-agent'),
      configFile: fileSchemaOf(),
    },
    'helm/values.schema.json': {
      gatewaySettings: settingsSchema('lumadb-gateway'),
      gatewaySecrets: secretsSchema('lumadb-gateway'),
    },
  };
}

/** A schema with the definitions as they should be. */
export function renewedSchema(text: string, definitions: Record<string, Schema>): string {
  const schema = JSON.parse(text);
  Object.assign(schema.definitions, definitions);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main)
  for (const [path, definitions] of Object.entries(generatedDefinitions())) {
    const file = new URL(`../${path}`, import.meta.url);
    writeFileSync(file, renewedSchema(readFileSync(file, 'utf8'), definitions));
  }

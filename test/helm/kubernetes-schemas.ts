/** Kubernetes' own schemas, and those of the Prometheus operator, with unknown keys refused. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type { KubernetesVersion, Manifest } from './chart.js';

const SCHEMAS = '.tools/schemas';
const OPERATOR_KINDS: Record<string, string> = {
  PodMonitor: 'podmonitors',
  ServiceMonitor: 'servicemonitors',
  PrometheusRule: 'prometheusrules',
};
const OPTIONS = { strict: false, validateFormats: false, allErrors: true } as const;

interface Definition {
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema, as it is walked through.
type Schema = Record<string, any>;

const definitions = new Map<KubernetesVersion, { ajv: Ajv2020; all: Record<string, Definition> }>();
const operatorSchemas = new Map<string, ValidateFunction>();

function definitionsOf(version: KubernetesVersion): { ajv: Ajv2020; all: Record<string, Definition> } {
  const known = definitions.get(version);
  if (known !== undefined) return known;
  const file = JSON.parse(readFileSync(`${SCHEMAS}/kubernetes/${version}.json`, 'utf8'));
  const ajv = new Ajv2020(OPTIONS);
  ajv.addSchema({ $id: 'kubernetes', $defs: file.$defs });
  const read = { ajv, all: file.$defs as Record<string, Definition> };
  definitions.set(version, read);
  return read;
}

function validatorOf(manifest: Manifest, version: KubernetesVersion): ValidateFunction {
  const { apiVersion, kind } = manifest;
  if (String(apiVersion).startsWith('monitoring.coreos.com/')) return operatorValidator(kind);
  const { ajv, all } = definitionsOf(version);
  const [group, apiLevel] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const name = Object.keys(all).find((each) =>
    all[each]['x-kubernetes-group-version-kind']?.some(
      (gvk) => gvk.group === group && gvk.version === apiLevel && gvk.kind === kind,
    ),
  );
  if (name === undefined) throw new Error(`Kubernetes ${version} has no ${apiVersion} ${kind}`);
  return ajv.getSchema(`kubernetes#/$defs/${name}`)!;
}

function operatorValidator(kind: string): ValidateFunction {
  const known = operatorSchemas.get(kind);
  if (known !== undefined) return known;
  const file = OPERATOR_KINDS[kind];
  if (file === undefined) throw new Error(`the Prometheus operator's ${kind} is not known here`);
  const definition = parse(readFileSync(`${SCHEMAS}/prometheus-operator/${file}.yaml`, 'utf8'));
  const schema = closed(definition.spec.versions[0].schema.openAPIV3Schema);
  schema['properties'].metadata = { type: 'object' };
  const validator = new Ajv2020(OPTIONS).compile(schema);
  operatorSchemas.set(kind, validator);
  return validator;
}

/** The schema with every object closed that names its properties. Kubernetes would drop what it does not know, in silence. */
function closed(schema: Schema): Schema {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key !== 'enum' && key !== 'required' && typeof value === 'object' && value !== null
        ? Array.isArray(value)
          ? value.map((each) => (typeof each === 'object' ? closed(each) : each))
          : closed(value)
        : value,
    ]),
  );
  // Go's way to say that a whole pattern ignores case.
  if (typeof inner['pattern'] === 'string')
    inner['pattern'] = inner['pattern'].replace(/^\^\(\?i\)(.*)\$$/, '^(?i:$1)$');
  return schema['type'] === 'object' && schema['properties'] !== undefined
    ? { additionalProperties: false, ...inner }
    : inner;
}

/** What is wrong with a manifest by the schema of its kind; nothing if it is right. */
export function mistakesIn(manifest: Manifest, version: KubernetesVersion): string[] {
  const validate = validatorOf(manifest, version);
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${manifest['kind']}${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

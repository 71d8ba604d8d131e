import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { chartValues, isOneValue, renewedHelmReadme } from '../../docs/helm-values.js';

const test = suite('helm/values');

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema, as it is walked through.
type Schema = Record<string, any>;
const schemaOf = (path: string): Schema => JSON.parse(readFileSync(path, 'utf8'));

test('says of every value what it is', () => {
  const values = chartValues();
  assert.ok(values.length > 80);
  assert.equal(
    values.filter(({ comment }) => comment === '').map(({ path }) => path),
    [],
  );
});

test('has a table of them in helm/README.md that is up to date', () => {
  const readme = readFileSync('helm/README.md', 'utf8');
  assert.ok(renewedHelmReadme(readme) === readme, 'run make docs');
});

test('has a schema for every value, and a value for all that the schemas know', () => {
  const chart = schemaOf('helm/values.schema.json');
  const sidecar = schemaOf('helm/charts/acm-sidecar/values.schema.json');
  const described = [
    ...pathsIn(chart, '').filter((path) => path !== 'sidecar'),
    ...pathsIn(sidecar, 'sidecar.'),
  ];
  assert.equal(
    described.filter((path) => !/(^|\.)global$/.test(path)).sort(),
    chartValues()
      .map(({ path }) => path)
      .sort(),
  );
});

test('can do without empty texts and lists only: what else is taken back is missed by its name', () => {
  for (const path of ['helm', 'helm/charts/acm-sidecar']) {
    const defaults = parse(readFileSync(`${path}/values.yaml`, 'utf8'));
    assert.equal(withoutNeed(schemaOf(`${path}/values.schema.json`), defaults), [], path);
  }
});

/** Values that the templates count on, and whose absence the schema would take. */
function withoutNeed(schema: Schema, defaults: Schema): string[] {
  return Object.entries(defaults).flatMap(([key, value]) => {
    const inner = schema['properties'][key];
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    const deeper = isMap && inner['properties'] !== undefined ? withoutNeed(inner, value) : [];
    const isNeeded = value !== '' && !Array.isArray(value);
    return isNeeded && !schema['required']?.includes(key) ? [key, ...deeper] : deeper;
  });
}

/** The paths of all values that a schema knows, as far as the table goes into them. */
function pathsIn(schema: Schema, prefix: string): string[] {
  return Object.entries<Schema>(schema['properties']).flatMap(([key, value]) => {
    const inner = value['properties'] !== undefined && !isOneValue(`${prefix}${key}`);
    return inner ? pathsIn(value, `${prefix}${key}.`) : [`${prefix}${key}`];
  });
}

test.run();

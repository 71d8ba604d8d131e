import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generatedDefinitions } from '../../docs/helm-schemas.js';
import { loadConfig, SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';
import { render } from './chart.js';
import { environmentOf, processesOf } from './pods.js';

const test = suite('helm/random-settings');

interface Shape {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly Shape[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const { serveSettings } = generatedDefinitions()['helm/charts/acm-sidecar/values.schema.json']!;
const SHAPES = (serveSettings as { properties: Record<string, Shape> }).properties;

/** Any value that a schema takes, where it is a number, a flag or a choice. */
function valuesOf(shape: Shape): fc.Arbitrary<unknown> | undefined {
  if (shape.anyOf !== undefined) {
    const choices = shape.anyOf.flatMap((each) => each.enum ?? []);
    return choices.length === 0 ? undefined : fc.constantFrom(...choices);
  }
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  if (shape.type === 'boolean') return fc.boolean();
  return shape.type === 'integer' ? fc.integer({ min: shape.minimum!, max: shape.maximum! }) : undefined;
}

const settings = fc.record(
  Object.fromEntries(
    Object.entries(SHAPES).flatMap(([name, shape]) => {
      const values = valuesOf(shape);
      return values === undefined ? [] : [[name, values]];
    }),
  ),
  { requiredKeys: [] },
);

test('brings whatever the schema takes to the process as it was given', () => {
  const keys = new Map(Object.entries<Setting>(SETTINGS).map(([key, { name }]) => [name, key]));
  fc.assert(
    fc.property(settings, (given) => {
      const values = {
        sidecar: {
          settings: given,
          // Asked for where numbers are hashed.
          secrets: { ACM_NUMBER_PRIVACY_KEY: { name: 'acm-privacy', key: 'key' } },
        },
      };
      const env = environmentOf(processesOf(render(values))[0]!);
      const config = loadConfig(env) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(given))
        assert.is(String(config[keys.get(name)!]), String(value), name);
    }),
    { numRuns: 25, seed: 7 },
  );
});

test.run();

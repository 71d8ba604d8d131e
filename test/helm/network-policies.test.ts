import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Manifest, render, type Values } from './chart.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/network-policies');

function policiesOf(values: Values): Manifest[] {
  return render(values).filter(({ kind }) => kind === 'NetworkPolicy');
}

/** What a policy lets its pods reach, or be reached at, by the number of the port. */
function rulesFor(port: number, rules: readonly Manifest[]): Manifest[] {
  return rules.filter(({ ports }) => ports.some((each: Manifest) => each['port'] === port));
}

function policyOf(component: string, values: Values): Manifest {
  const fenced = { ...values, networkPolicy: { enabled: true } };
  return policiesOf(fenced).find(({ metadata }) => metadata.name.endsWith(component))!['spec'];
}

test('lets anybody in only where nobody was named', () => {
  const policies = policiesOf(MATRIX['a gateway that grows, everything watched and fenced']!);
  assert.is(policies.length, 2);
  for (const { spec } of policies) assert.ok(spec.ingress.every(({ from }: Manifest) => from.length > 0));
});

test('lets sidecars out to an exchange elsewhere, with a gateway beside them, too', () => {
  const values = MATRIX['a gateway with tokens']! as Record<string, Values>;
  const sidecar = { ...values['sidecar'], reconciliation: { host: 'luma.example.com', port: 6443 } };
  const { egress } = policyOf('-switch', { ...values, sidecar });
  assert.is(rulesFor(6443, egress).length, 1);
  assert.is(rulesFor(50051, egress).length, 1);
});

test('lets sidecars out to their database at the port that they ask', () => {
  const database = { LUMADB_PG_HOST: 'db.example.com', LUMADB_PG_PORT: 6432 };
  assert.is(rulesFor(6432, policyOf('-switch', { sidecar: { settings: database } })['egress']).length, 1);
});

test('lets those in to the gateway whom no label of ours tells apart', () => {
  const beside = MATRIX['a gateway with tokens']!;
  const [known] = rulesFor(50051, policyOf('-gateway', beside)['ingress']);
  assert.is(known!['from'].length, 1);
  for (const values of [MATRIX['the gateway alone']!, { ...beside, switch: { hostNetwork: true } }]) {
    const [anybody] = rulesFor(50051, policyOf('-gateway', values)['ingress']);
    assert.not('from' in anybody!);
  }
});

test.run();

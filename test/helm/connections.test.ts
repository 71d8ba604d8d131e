import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Manifest, render } from './chart.js';
import { containersOf, environmentOf, podsOf, processesOf } from './pods.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/connections');

const CASES = Object.entries(MATRIX).map(([name, values]) => ({ name, manifests: render(values) }));
const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest['kind'] === kind);

function selects(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** The selectors of a manifest, by what they are for. */
function selectorsOf({ kind, spec }: Manifest): Record<string, string>[] {
  if (kind === 'Service') return [spec.selector];
  if (['Deployment', 'PodDisruptionBudget', 'PodMonitor'].includes(kind)) return [spec.selector.matchLabels];
  return kind === 'NetworkPolicy' ? [spec.podSelector.matchLabels] : [];
}

test('selects the pods of exactly one workload, each time', () => {
  let selectors = 0;
  for (const { name, manifests } of CASES) {
    for (const manifest of manifests) {
      for (const selector of selectorsOf(manifest)) {
        const selected = podsOf(manifests).filter(({ labels }) => selects(selector, labels));
        assert.is(selected.length, 1, `${name}: ${manifest['kind']} ${manifest['metadata'].name}`);
        selectors++;
      }
    }
  }
  assert.ok(selectors > 50);
});

test('leads every Service, policy and scrape to a port that a container has', () => {
  let ports = 0;
  for (const { name, manifests } of CASES) {
    for (const manifest of [
      ...ofKind(manifests, 'Service'),
      ...ofKind(manifests, 'PodMonitor'),
      ...ofKind(manifests, 'NetworkPolicy'),
    ]) {
      const [pod] = podsOf(manifests).filter(({ labels }) => selects(selectorsOf(manifest)[0]!, labels));
      const there = containersOf(pod!).flatMap((container) => (container['ports'] ?? []) as Manifest[]);
      for (const { port, protocol } of portsOf(manifest)) {
        const found = there.find((each) =>
          typeof port === 'string' ? each['name'] === port : leadsTo(each, port, protocol),
        );
        assert.ok(found, `${name}: ${manifest['kind']} ${manifest['metadata'].name}: ${port}`);
        if (protocol !== undefined) assert.is(found['protocol'] ?? 'TCP', protocol);
        ports++;
      }
    }
  }
  assert.ok(ports > 50);
});

/** A number is a port of the pod, of that protocol. */
function leadsTo(declared: Manifest, port: number, protocol = 'TCP'): boolean {
  return declared['containerPort'] === port && (declared['protocol'] ?? 'TCP') === protocol;
}

/** The ports of a pod that a manifest counts on, but for ranges: RTP has none that a container declares. */
function portsOf({ kind, spec }: Manifest): { port: string | number; protocol?: string }[] {
  if (kind === 'Service')
    return spec.ports.map(({ targetPort, protocol }: Manifest) => ({
      port: targetPort,
      protocol: protocol ?? 'TCP',
    }));
  if (kind === 'PodMonitor') return spec.podMetricsEndpoints;
  return spec.ingress
    .flatMap(({ ports }: Manifest) => ports)
    .filter(({ endPort }: Manifest) => endPort === undefined);
}

test('names everything as Kubernetes takes it', () => {
  for (const { name, manifests } of CASES) {
    for (const { kind, metadata } of manifests) {
      assert.match(metadata.name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, `${name}: ${kind}`);
      for (const [key, value] of Object.entries(metadata.labels ?? {})) {
        assert.match(key, /^([a-z0-9.-]+\/)?[A-Za-z0-9][-A-Za-z0-9_.]{0,62}$/);
        assert.match(String(value), /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]?$/);
      }
    }
  }
});

test('labels everything as it was asked to', () => {
  const manifests = render({
    ...MATRIX['a gateway that grows, everything watched and fenced'],
    extraLabels: { team: 'voice' },
  });
  assert.equal(
    manifests.filter(({ metadata }) => metadata.labels.team !== 'voice').map(({ kind }) => kind),
    [],
  );
});

test('names everything so for a release with the longest name, too', () => {
  const { gateway } = MATRIX['the gateway alone'] as Manifest;
  const values = {
    gateway,
    sidecar: { secrets: { LUMADB_GRPC_TOKEN: { name: 'a', key: 'b' } }, tls: { secretName: 'c' } },
  };
  const names = render({ ...values, nameOverride: 'n'.repeat(63) }).map(({ metadata }) => metadata.name);
  assert.ok(
    names.every((each) => each.length <= 63 && /[a-z0-9]$/.test(each)),
    names.join(),
  );
});

test('connects sidecars to the gateway beside them, and to none where there is none', () => {
  for (const { name, manifests } of CASES) {
    const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata.name.endsWith('-gateway'));
    for (const container of processesOf(manifests).filter(({ args }) => args[0] === 'serve')) {
      const env = environmentOf(container);
      if (name === 'an exchange elsewhere') assert.is(env['LUMADB_GRPC_HOST'], 'luma.example.com');
      else assert.is(env['LUMADB_GRPC_HOST'], service?.['metadata'].name, name);
      if (service !== undefined)
        assert.is(env['LUMADB_GRPC_PORT'], String(service['spec'].ports[0].port), name);
    }
  }
});

test('gives sidecars what the gateway asks of them: its protection, a token, a certificate', () => {
  let pairs = 0;
  for (const { name, manifests } of CASES) {
    const all = processesOf(manifests);
    const gateway = all.find(({ args }) => args[0] === 'lumadb-gateway');
    if (gateway === undefined) continue;
    const asked = environmentOf(gateway);
    for (const sidecar of all.filter(({ args }) => args[0] === 'serve').map(environmentOf)) {
      assert.is('LUMADB_GRPC_TLS_CA' in sidecar, 'ACM_TLS_CERT' in asked, name);
      assert.is('LUMADB_GRPC_TLS_CERT' in sidecar, 'ACM_TLS_CLIENT_CA' in asked, name);
      assert.is('LUMADB_GRPC_TOKEN' in sidecar, 'ACM_GATEWAY_TOKEN_HASHES' in asked, name);
      if (!('ACM_TLS_CERT' in asked)) assert.is(sidecar['ACM_ALLOW_PLAINTEXT'], 'true', name);
      pairs++;
    }
  }
  assert.ok(pairs >= 4);
});

test("shows a sidecar the gateway's CA, and not its key", () => {
  const [pod] = podsOf(render(MATRIX['a gateway with tokens']!)).filter(
    ({ owner }) => !owner.endsWith('-gateway'),
  );
  const volume = pod!.spec['volumes'].find(({ name }: Manifest) => name === 'acm-reconciliation');
  assert.equal(volume.secret.items, [{ key: 'ca.crt', path: 'ca.crt' }]);
});

const JOBS: Readonly<Record<string, string>> = {
  serve: 'acm-sidecar',
  'sip-agent': 'acm-sip-agent',
  'lumadb-gateway': 'acm-gateway',
};

test('scrapes each process under the name that the alerts go by', () => {
  const found = new Set<string>();
  for (const { manifests } of CASES)
    for (const monitor of ofKind(manifests, 'PodMonitor')) {
      const [pod] = podsOf(manifests).filter(({ labels }) => selects(selectorsOf(monitor)[0]!, labels));
      for (const { port, relabelings } of monitor['spec'].podMetricsEndpoints as Manifest[]) {
        const process = containersOf(pod!).find((each) =>
          each['ports']?.some(({ name }: Manifest) => name === port),
        );
        const job = JOBS[process!['args'][0]]!;
        assert.equal(relabelings, [{ targetLabel: 'job', replacement: job }]);
        found.add(job);
      }
    }
  assert.equal([...found].sort(), Object.values(JOBS).sort());
});

test.run();

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { CHART, helm, KUBERNETES_VERSIONS, render } from './chart.js';
import { mistakesIn } from './kubernetes-schemas.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/render');

const LIBRARY = `${CHART}/charts/acm-sidecar`;
const versionOf = (chart: string): Record<string, string> =>
  parse(readFileSync(`${chart}/Chart.yaml`, 'utf8'));

test('passes the strictest lint', () => {
  assert.match(helm('lint', '--strict', CHART), /0 chart\(s\) failed/);
});

for (const [name, values] of Object.entries(MATRIX)) {
  test(`makes what every Kubernetes takes, with ${name}`, () => {
    for (const version of KUBERNETES_VERSIONS) {
      const manifests = render(values, version);
      assert.ok(manifests.length >= 2, `${manifests.length} manifests`);
      assert.equal(
        manifests.flatMap((manifest) => mistakesIn(manifest, version)),
        [],
        version,
      );
    }
  });
}

test('would see a manifest that Kubernetes would not take', () => {
  const [deployment] = render({}).filter(({ kind }) => kind === 'Deployment');
  deployment!['spec'].template.spec.initContainers[0].readinesProbe = {};
  assert.match(mistakesIn(deployment!, 'v1.29').join(), /readinesProbe/);
});

test('makes nothing twice', () => {
  for (const [name, values] of Object.entries(MATRIX)) {
    const names = render(values).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.equal(names.length, new Set(names).size, name);
  }
});

test('is packed into an archive that renders as the folder does', () => {
  const directory = mkdtempSync(join(tmpdir(), 'acm-package-'));
  try {
    helm('package', CHART, '--destination', directory);
    const [archive] = readdirSync(directory);
    assert.is(archive, `acm-${versionOf(CHART)['version']}.tgz`);
    assert.equal(render({}, 'v1.37', join(directory, archive!)), render({}, 'v1.37'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('takes the values that docs/kubernetes.md shows', () => {
  const [, shown] = /^```yaml\n([\s\S]*?)^```$/m.exec(readFileSync('docs/kubernetes.md', 'utf8'))!;
  const kinds = render(parse(shown!)).map(({ kind }) => kind);
  for (const kind of ['PodMonitor', 'PrometheusRule', 'NetworkPolicy']) assert.ok(kinds.includes(kind), kind);
});

test('has the version of the package, everywhere', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { image } = parse(readFileSync(`${LIBRARY}/values.yaml`, 'utf8'));
  assert.equal(
    [versionOf(CHART)['version'], versionOf(CHART)['appVersion'], versionOf(LIBRARY)['version'], image.tag],
    [version, version, version, version],
  );
});

test.run();

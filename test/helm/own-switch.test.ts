import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { complaintAbout, helm, KUBERNETES_VERSIONS, type Manifest, NEWEST, render } from './chart.js';
import { mistakesIn } from './kubernetes-schemas.js';
import { containersOf, environmentOf, podsOf, processesOf } from './pods.js';

const test = suite('helm/own-switch');

const directory = mkdtempSync(join(tmpdir(), 'acm-own-switch-'));
const chart = join(directory, 'examples/helm-own-switch');

test.before(() => {
  // A copy with the same places in it: what Helm fetches for the example does not belong into the repository.
  cpSync('examples/helm-own-switch', chart, {
    recursive: true,
    filter: (path) => !/\/(charts|Chart\.lock)$/.test(path),
  });
  cpSync('helm/charts/acm-sidecar', join(directory, 'helm/charts/acm-sidecar'), { recursive: true });
  helm('dependency', 'build', chart);
});
test.after(() => rmSync(directory, { recursive: true, force: true }));

test('takes in the named templates as a dependency', () => {
  assert.ok(existsSync(join(chart, 'charts/acm-sidecar-0.1.0.tgz')));
  assert.match(helm('lint', '--strict', chart), /0 chart\(s\) failed/);
  for (const version of KUBERNETES_VERSIONS)
    assert.equal(
      render({}, version, chart).flatMap((manifest) => mistakesIn(manifest, version)),
      [],
    );
});

test('has the sidecar start before its switch, and meet it on the socket', () => {
  const manifests = render({}, NEWEST, chart);
  const [pod] = podsOf(manifests);
  const [sidecar, own] = containersOf(pod!);
  assert.equal(
    [sidecar!['name'], sidecar!['restartPolicy'], own!['name']],
    ['acm-sidecar', 'Always', 'switch'],
  );
  const env = environmentOf(sidecar!);
  assert.is(env['ACM_ENFORCEMENT'], 'shadow');
  assert.is(`unix:${env['ACM_GRPC_SOCKET']}`, own!['env'][0].value);
  const volumes = containersOf(pod!).map(
    ({ volumeMounts }) => volumeMounts.find(({ mountPath }: Manifest) => mountPath === '/run/acm')?.name,
  );
  assert.equal(volumes, ['acm-socket', 'acm-socket']);
});

test('has the SIP agent beside it where that is wanted', () => {
  const values = { sidecar: { sipAgent: { enabled: true }, file: { next_hop: 'sip:127.0.0.1:5080' } } };
  const manifests = render(values, NEWEST, chart);
  assert.equal(
    processesOf(manifests).map(({ args }) => args[0]),
    ['serve', 'sip-agent'],
  );
  const containers = containersOf(podsOf(manifests)[0]!);
  const drachtio = containers.find(({ name }) => name === 'drachtio')!;
  const contact: string = drachtio['args'][drachtio['args'].indexOf('--contact') + 1];
  assert.match(contact, /^sip:127\.0\.0\.1:\d+;/);
  // Two who listen at one port of a pod: the second would not start.
  const taken = containers
    .flatMap(({ ports }) => (ports ?? []) as Manifest[])
    .map(({ containerPort }) => containerPort);
  assert.not(taken.includes(Number(/:(\d+);/.exec(contact)![1])), `${contact} is among ${taken}`);
});

test('is refused what the sidecar does not take', () => {
  assert.match(complaintAbout({ sidecar: { settings: { ACM_TRESHOLD: 5 } } }, chart), /ACM_TRESHOLD/);
  assert.match(
    complaintAbout({ sidecar: { sipAgent: { enabled: true } } }, chart),
    /sidecar\.file\.next_hop/,
  );
});

test.run();

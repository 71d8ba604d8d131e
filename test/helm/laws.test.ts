import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SETTINGS } from '../../src/config.js';
import type { Setting } from '../../src/settings/setting.js';
import { type Manifest, render } from './chart.js';
import { containersOf, type Pod, podsOf } from './pods.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/laws');

const CASES = Object.entries(MATRIX).map(([name, values]) => ({ name, values, manifests: render(values) }));
const HEALTH_PORTS = ['health', 'agent-health'];

/** Whether a law holds for every pod of every case; what breaks it is named. */
function everyPod(law: (pod: Pod, manifests: readonly Manifest[]) => string[]): void {
  let pods = 0;
  for (const { name, manifests } of CASES) {
    for (const pod of podsOf(manifests)) {
      assert.equal(law(pod, manifests), [], `${name}: ${pod.owner}`);
      pods++;
    }
  }
  assert.ok(pods >= CASES.length);
}

/** The same for every container; the law says what is wrong with it, or nothing. */
function everyContainer(law: (container: Manifest, pod: Pod) => string | undefined): void {
  everyPod((pod) =>
    containersOf(pod).flatMap((container) => {
      const complaint = law(container, pod);
      return complaint === undefined ? [] : [`${container['name']}: ${complaint}`];
    }),
  );
}

test('keeps the Pod Security Standard "restricted", but on the network of the node', () => {
  everyPod(({ spec }) => [
    ...(spec['securityContext'].runAsNonRoot === true ? [] : ['runAsNonRoot']),
    ...(spec['securityContext'].runAsUser > 0 ? [] : ['runAsUser']),
    ...(spec['securityContext'].seccompProfile.type === 'RuntimeDefault' ? [] : ['seccompProfile']),
    ...['hostPID', 'hostIPC'].filter((key) => key in spec),
    ...(spec['volumes'] as Manifest[])
      .filter((volume) => Object.keys(volume).length !== 2)
      .map(({ name }) => `sources of ${name}`),
    ...(spec['volumes'] as Manifest[])
      .filter(
        (volume) =>
          !Object.keys(volume).some((key) => /^(emptyDir|configMap|secret|persistentVolumeClaim)$/.test(key)),
      )
      .map(({ name }) => `volume ${name}`),
  ]);
  everyContainer(({ securityContext: given, ports }) => {
    if (given.allowPrivilegeEscalation !== false) return 'may gain privileges';
    if (given.privileged === true) return 'privileged';
    if (String(given.capabilities.drop) !== 'ALL' || given.capabilities.add !== undefined)
      return 'capabilities';
    if (given.readOnlyRootFilesystem !== true) return 'may write to its image';
    return ports?.some((port: Manifest) => port['hostPort'] !== undefined) ? 'hostPort' : undefined;
  });
  for (const { name, values, manifests } of CASES) {
    const asked = (values['switch'] as Manifest | undefined)?.['hostNetwork'] === true;
    assert.ok(
      podsOf(manifests).every(({ spec }) => (spec['hostNetwork'] ?? false) === asked),
      name,
    );
  }
});

test('gives no pod a token, nor variables for each Service', () => {
  everyPod(({ spec }) => [
    ...(spec['automountServiceAccountToken'] === false ? [] : ['token']),
    ...(spec['enableServiceLinks'] === false ? [] : ['service links']),
  ]);
  for (const { manifests } of CASES)
    for (const { kind, automountServiceAccountToken } of manifests)
      if (kind === 'ServiceAccount') assert.is(automountServiceAccountToken, false);
});

test('gives every container what it needs, and bounds its memory', () => {
  everyContainer(({ resources }) =>
    resources?.requests?.cpu && resources.requests.memory && resources.limits?.memory
      ? undefined
      : 'resources',
  );
});

test('asks our processes on their health ports alone, and has all three probes for each', () => {
  everyContainer((container) => {
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].filter((each) => each in container);
    const paths = probes.map((each) => container[each].httpGet?.path);
    if (!/^acm-(sidecar|sip-agent|gateway)$/.test(container['name']))
      return probes.some((each) => container[each].tcpSocket?.port !== 'sip-tcp')
        ? 'a probe of its own'
        : undefined;
    if (!probes.every((each) => HEALTH_PORTS.includes(container[each].httpGet.port))) return 'another port';
    // A gateway without its database is not ready: it must not be started over for that.
    const start = container['name'] === 'acm-gateway' ? '/livez' : '/readyz';
    const wanted = probes.length === 2 ? [start, '/livez'] : [start, '/readyz', '/livez'];
    return paths.join() === wanted.join() ? undefined : `probes ${paths.join()}`;
  });
});

test('has patience with a start that reads millions of rules', () => {
  everyContainer(({ startupProbe: probe }) =>
    probe === undefined || probe.periodSeconds * probe.failureThreshold >= 120
      ? undefined
      : 'gives up too early',
  );
});

test('starts the sidecar before the switch, as a native sidecar that outlives it', () => {
  everyPod(({ spec }) => {
    const first = (spec['initContainers'] ?? []) as Manifest[];
    const sidecar = first.find(({ name }) => name === 'acm-sidecar');
    if (spec['containers'][0].name === 'acm-gateway') return [];
    if (sidecar?.['restartPolicy'] !== 'Always') return ['no native sidecar'];
    const agent = first.findIndex(({ name }) => name === 'acm-sip-agent');
    return agent === -1 || agent > first.indexOf(sidecar) ? [] : ['an agent before its sidecar'];
  });
});

test('gives a pod the time to drain in order', () => {
  everyPod((pod) => {
    const drainsMs = containersOf(pod)
      .filter(({ name }) => /^acm-(sidecar|sip-agent|gateway)$/.test(name))
      .map(({ env }) => Number(env.find((each: Manifest) => each['name'] === 'ACM_DRAIN_MS')?.value ?? 5000));
    const hook = pod.spec['containers'][0].lifecycle?.preStop.sleep.seconds ?? 0;
    const needed = hook + drainsMs.reduce((sum, each) => sum + each / 1000 + 4, 0);
    return pod.spec['terminationGracePeriodSeconds'] > needed ? [] : [`${needed} s are needed`];
  });
});

test('mounts what is there, and has nothing that nobody mounts', () => {
  everyPod((pod, manifests) => {
    const volumes = (pod.spec['volumes'] as Manifest[]).map(({ name }) => name);
    const mounted = new Set(
      containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts.map((each: Manifest) => each['name'])),
    );
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    return [
      ...[...mounted].filter((name) => !volumes.includes(name)).map((name) => `${name} is not there`),
      ...volumes.filter((name) => !mounted.has(name)).map((name) => `nobody mounts ${name}`),
      ...(pod.spec['volumes'] as Manifest[])
        .filter(({ configMap }) => configMap !== undefined && !maps.includes(configMap.name))
        .map(({ configMap }) => `no ConfigMap ${configMap.name}`),
    ];
  });
  everyContainer(({ volumeMounts }) => {
    const paths = volumeMounts.map(({ mountPath }: Manifest) => mountPath);
    return paths.length === new Set(paths).size ? undefined : 'mounts two volumes at one path';
  });
});

test('shows no secret: each comes from a Secret', () => {
  const secret = new Set(
    Object.values<Setting>(SETTINGS).flatMap((each) => (each.secret ? [each.name] : [])),
  );
  let secrets = 0;
  everyContainer(({ env }) => {
    const shown = ((env ?? []) as Manifest[]).filter(
      ({ name }) => secret.has(name) || /SECRET|PASSWORD/.test(name),
    );
    secrets += shown.length;
    const plain = shown.filter(({ valueFrom }) => valueFrom?.secretKeyRef === undefined);
    return plain.length === 0 ? undefined : plain.map(({ name }) => name).join();
  });
  assert.ok(secrets > 10);
});

test('sets no variable twice', () => {
  everyContainer(({ env }) => {
    const names = (env ?? []).map(({ name }: Manifest) => name);
    return names.length === new Set(names).size ? undefined : names.join();
  });
});

test('has ports of different numbers in a pod', () => {
  everyPod((pod) => {
    const ports = containersOf(pod).flatMap(({ ports }) => (ports ?? []) as Manifest[]);
    const taken = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol ?? 'TCP'}`);
    return taken.length === new Set(taken).size && ports.every(({ name }) => name.length <= 15) ? [] : taken;
  });
});

test('lets a node be drained of pods that are not ready, and of one at a time of those that are', () => {
  const budgets = CASES.flatMap(({ manifests }) =>
    manifests.filter(({ kind }) => kind === 'PodDisruptionBudget'),
  );
  assert.ok(budgets.length > CASES.length);
  for (const { spec } of budgets) {
    assert.is(spec.unhealthyPodEvictionPolicy, 'AlwaysAllow');
    assert.is(spec.maxUnavailable, 1);
  }
});

test.run();

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { type Project, pathOutside, readProject, type Service } from './project.js';

const monitoring = suite('sidecar/compose/monitoring');

interface Job {
  readonly job_name: string;
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
}

let project: Project;
const readMounted = (service: Service, path: string) =>
  parse(readFileSync(pathOutside(service, path), 'utf8'));

/** `name:port` of what a job asks. */
function targetsOf({ static_configs = [], dns_sd_configs = [] }: Job): string[] {
  return [
    ...static_configs.flatMap(({ targets }) => targets),
    ...dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
  ];
}

monitoring.before(() => {
  project = readProject(['monitoring', 'with-simulator', 'with-kamailio']);
});

monitoring('Prometheus asks every process that has metrics, where it has them', () => {
  const { prometheus } = project.services;
  const jobs: Job[] = readMounted(prometheus!, '/etc/prometheus/prometheus.yml').scrape_configs;
  const asked = jobs.flatMap((job) => targetsOf(job).map((target) => `${job.job_name} ${target}`));
  const jobOf: Readonly<Record<string, string>> = {
    serve: 'acm-sidecar',
    'sip-agent': 'acm-sip-agent',
    'lumadb-gateway': 'acm-gateway',
  };
  const there = Object.entries(project.services).flatMap(([name, { command, environment }]) => {
    const port = environment?.['ACM_HEALTH_ADDRESS']?.replace(/^0\.0\.0\.0:/, '');
    return port === undefined ? [] : [`${jobOf[command![0]!]} ${name}:${port}`];
  });
  assert.is(there.length, 4);
  assert.equal(asked.sort(), there.sort());
});

monitoring('what a name stands for shares a network with Prometheus', () => {
  const { prometheus, kamailio, 'sip-agent': agent } = project.services;
  assert.ok('inside' in prometheus!.networks!);
  for (const name of ['sidecar', 'gateway', 'simulator-sidecar'])
    assert.ok('inside' in project.services[name]!.networks!, name);
  assert.is(agent!.network_mode, 'service:kamailio');
  assert.equal(kamailio!.networks!['inside']!.aliases, ['sip-agent']);
});

monitoring('Prometheus and Grafana find the files that they are told of', () => {
  const { prometheus, grafana } = project.services;
  const targetsIn = ({ volumes = [] }: Service): string[] => volumes.map(({ target }) => target);
  for (const file of readMounted(prometheus!, '/etc/prometheus/prometheus.yml').rule_files)
    assert.ok(targetsIn(prometheus!).includes(file), file);
  const provisioning = '/etc/grafana/provisioning';
  const [provider] = readMounted(grafana!, `${provisioning}/dashboards/acm.yaml`).providers;
  const { path } = provider.options;
  assert.ok(targetsIn(grafana!).includes(`${path}/acm-dashboard.json`), path);
  const [source] = readMounted(grafana!, `${provisioning}/datasources/prometheus.yaml`).datasources;
  assert.is(source.url, `http://prometheus:${prometheus!.ports![0]!.target}`);
});

monitoring.run();

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmProcess } from '../../support/sidecar-process.js';
import { complaintsOf } from './laws.js';
import { compose, isAcm, type Project, ROOT, readProject, type Service } from './project.js';

const file = suite('sidecar/compose/compose-file');

const PROFILES = ['monitoring', 'with-frontend', 'with-kamailio', 'with-simulator'];
const DEFAULT = ['gateway', 'postgres', 'prepare', 'sidecar'];
const ADDED: Readonly<Record<string, readonly string[]>> = {
  monitoring: ['grafana', 'prometheus'],
  'with-frontend': ['grafana', 'prometheus'],
  'with-kamailio': ['drachtio', 'kamailio', 'sip-agent', 'sipp'],
  'with-simulator': ['simulator', 'simulator-sidecar'],
};

let whole: Project;

/** A copy of the whole, in which one service is broken. */
function broken(name: string, change: object): Project {
  const service = { ...whole.services[name]!, ...change } as Service;
  return { ...whole, services: { ...whole.services, [name]: service } };
}

file.before(() => {
  whole = readProject(PROFILES);
});

file('has these profiles, and no others', () => {
  const { status, stdout, stderr } = compose(['config', '--profiles']);
  assert.is(status, 0, stderr);
  assert.equal(stdout.trim().split('\n').sort(), PROFILES);
});

for (const profiles of [[], ...PROFILES.map((profile) => [profile]), PROFILES])
  file(
    `is understood without a warning ${profiles.length === 0 ? 'as it stands' : `with ${profiles.join(', ')}`}`,
    () => {
      const options = profiles.flatMap((profile) => ['--profile', profile]);
      const { status, stdout, stderr } = compose([...options, 'config', '--services']);
      assert.is(status, 0, stderr);
      assert.is(stderr, '');
      const services = new Set([...DEFAULT, ...profiles.flatMap((profile) => ADDED[profile]!)]);
      assert.equal(stdout.trim().split('\n').sort(), [...services].sort());
    },
  );

file('keeps every law in every service', () => {
  assert.ok(Object.keys(whole.services).length > 10);
  assert.equal(complaintsOf(whole), []);
});

const MISTAKES: readonly (readonly [string, object, RegExp])[] = [
  ['gateway', { user: '0:0' }, /gateway: user: runs as root/],
  ['sidecar', { user: undefined }, /sidecar: user: runs as root, or/],
  ['sidecar', { read_only: false }, /read_only/],
  ['grafana', { cap_drop: [] }, /cap_drop/],
  ['grafana', { cap_add: ['NET_ADMIN'] }, /cap_add/],
  ['drachtio', { security_opt: undefined }, /security_opt/],
  ['sipp', { pids_limit: undefined }, /pids_limit/],
  ['postgres', { logging: { driver: 'json-file' } }, /logging/],
  ['postgres', { image: 'postgres:latest' }, /postgres:latest is not at one version/],
  ['postgres', { image: 'postgres' }, /is not at one version/],
  ['gateway', { image: 'acm-sidecar:0.0.9' }, /is not \d/],
  ['sidecar', { ports: [{ target: 5001, published: '5001' }] }, /5001 is not on 127\.0\.0\.1/],
  ['prometheus', { ports: [{ host_ip: '0.0.0.0', target: 9090, published: '9091' }] }, /9091 is not on/],
  ['postgres', { networks: { outside: null } }, /in outside without a published port/],
  ['kamailio', { networks: { default: null } }, /default leads out/],
  ['sidecar', { network_mode: 'host' }, /network_mode: is host/],
  [
    'sidecar',
    { volumes: [{ type: 'bind', source: '/not/there', target: '/x', read_only: true }] },
    /there is no \/not\/there/,
  ],
  ['sidecar', { volumes: [{ type: 'bind', source: '/tmp', target: '/x' }] }, /\/x can be written to/],
  [
    'postgres',
    { healthcheck: undefined },
    /postgres: healthcheck.*sidecar: depends_on: postgres never says/s,
  ],
  ['prepare', { restart: 'always' }, /gateway: depends_on: prepare never ends/],
  ['sipp', { depends_on: {} }, /sipp: depends_on: not on service:kamailio/],
  ['sidecar', { environment: { ACM_THRESHHOLD: '5' } }, /ACM_THRESHHOLD is read by nobody/],
  ['gateway', { environment: { ACM_THRESHOLD: '5' } }, /ACM_THRESHOLD is read by nobody/],
  ['sidecar', { environment: { ACM_THRESHOLD: '1' } }, /ACM_THRESHOLD: takes a whole number from 2/],
  ['sidecar', { environment: { ACM_CONFIG: '/etc/acm/other.yaml' } }, /ACM_CONFIG/],
  ['sidecar', { environment: { ACM_DRAIN_MS: '60000' } }, /stop_grace_period: is shorter/],
];
for (const [name, change, complaint] of MISTAKES)
  file(`does not let pass ${name} with ${JSON.stringify(change, (_, value) => value ?? null)}`, () => {
    assert.match(complaintsOf(broken(name, change)).join('\n'), complaint);
  });

file('calls nothing but commands that acm has', async () => {
  const commands = Object.values(whole.services).flatMap((service) => {
    const { command, healthcheck } = service;
    const check = healthcheck?.test?.[1] === 'acm' ? [healthcheck.test.slice(2)] : [];
    return isAcm(service) ? [command!, ...check] : check;
  });
  const different = [...new Set(commands.map((command) => command.join(' ')))];
  assert.ok(different.length >= 6);
  for (const command of different) {
    const acm = new AcmProcess([...command.split(' '), '--help']);
    assert.is((await acm.end()).code, 0, `acm ${command}: ${acm.errors}`);
    const name = command.split(' ').filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
    assert.match(acm.output, new RegExp(`^Usage: acm ${name.join(' ')}`), command);
  }
});

file('gives the gateway the hash of the token that it gives the sidecars', () => {
  const { gateway, sidecar, 'simulator-sidecar': other } = whole.services;
  const { LUMADB_GRPC_TOKEN: token = '' } = sidecar!.environment!;
  const hash = createHash('sha256').update(token).digest('hex');
  assert.is(gateway!.environment!['ACM_GATEWAY_TOKEN_HASHES'], hash);
  assert.is(other!.environment!['LUMADB_GRPC_TOKEN'], token);
});

file('takes passwords and tokens from the environment, all of them in every place', () => {
  const own = {
    POSTGRES_PASSWORD: 'own-1',
    SIDECAR_DB_PASSWORD: 'own-2',
    GATEWAY_DB_PASSWORD: 'own-3',
    LUMADB_GRPC_TOKEN: 'own-4',
    ACM_GATEWAY_TOKEN_HASHES: '0'.repeat(64),
    GRAFANA_PASSWORD: 'own-5',
  };
  const text = JSON.stringify(readProject(PROFILES, own));
  for (const value of Object.values(own)) assert.ok(text.includes(value), value);
  assert.not.match(text, /local-only/);
});

file('builds the phones from a base at one version, and from files that are there', () => {
  const { build } = whole.services['sipp']!;
  const lines = readFileSync(`${build!.context}/${build!.dockerfile}`, 'utf8').split('\n');
  const [base = ''] = lines.filter((line) => line.startsWith('FROM '));
  assert.match(base, /^FROM debian:\d+\.\d+-slim$/);
  const [copied = ''] = lines.filter((line) => line.startsWith('COPY '));
  const files = copied.split(' ').slice(2, -1);
  assert.equal(files, ['attacks.sh', 'caller.xml', 'callee.xml']);
  for (const each of files) assert.ok(existsSync(`${build!.context}/${each}`), each);
});

file('is described: every profile, published port, volume, and variable that it takes', () => {
  const document = readFileSync(`${ROOT}/docs/compose.md`, 'utf8');
  const variables = readFileSync(`${ROOT}/compose.yaml`, 'utf8').matchAll(/\$\{(\w+)/g);
  const ports = Object.values(whole.services).flatMap((service) => service.ports ?? []);
  const names = [
    ...PROFILES,
    ...Object.keys(whole.volumes),
    ...new Set([...variables].map(([, variable]) => variable!)),
    ...ports.map(({ published }) => published),
  ];
  assert.ok(names.length > 20, names.join(' '));
  assert.equal(
    names.filter((name) => !document.includes(name)),
    [],
  );
});

file.run();

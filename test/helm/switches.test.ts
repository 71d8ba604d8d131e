import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isWellFormed } from '../docs/stand-ins/well-formed-xml.js';
import { type Manifest, render, type Values } from './chart.js';
import { containersOf, environmentOf, podsOf, processesOf } from './pods.js';
import { MATRIX } from './value-matrix.js';

const test = suite('helm/switches');

/** A path in a pod as one of the repository: what the container acm-configurations copies. */
const inRepository = (path: string): string => path.replace('/etc/acm/switch', 'sidecar');

function sidecarEnvironment(manifests: readonly Manifest[]): Record<string, string> {
  return environmentOf(processesOf(manifests).find(({ args }) => args[0] === 'serve')!);
}

test('copies the configurations out of the image from where they are in it, and runs as its user', () => {
  const [pod] = podsOf(render({}));
  const { command } = containersOf(pod!).find(({ name }) => name === 'acm-configurations')!;
  const dockerfile = readFileSync('sidecar/Dockerfile', 'utf8');
  const copied = /cp -R (sidecar\/.*) (\/opt\/acm\/sidecar) /.exec(dockerfile)!;
  assert.equal(command, ['cp', '-Rf', `${copied[2]}/.`, '/etc/acm/switch/']);
  for (const place of ['kamailio', 'freeswitch', 'drachtio'])
    assert.ok(copied[1]!.includes(`sidecar/${place}`));
  const { runAsUser, runAsGroup } = pod!.spec['securityContext'];
  assert.match(dockerfile, new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, 'm'));
});

/** A definition at the top of a shipped configuration of Kamailio. */
function definedIn(file: string, name: string): string {
  return new RegExp(`^#!define ${name} "?([^"\\n]+)"?$`, 'm').exec(readFileSync(file, 'utf8'))![1]!;
}

for (const [asks, values] of Object.entries({
  evapi: {},
  http: { switch: { kamailio: { asks: 'http' } } },
  agent: MATRIX['Kamailio with the SIP agent']!,
})) {
  test(`has a Kamailio and a sidecar that meet, by ${asks}`, () => {
    const manifests = render(values as Values);
    const env = sidecarEnvironment(manifests);
    const [kamailio] = podsOf(manifests)[0]!.spec['containers'];
    const file = inRepository(kamailio.args[kamailio.args.indexOf('-f') + 1]);
    assert.is(file, `sidecar/kamailio/kamailio-${asks}.cfg`);
    const rpc = definedIn(file, 'ACM_RPC_LISTEN').replace('tcp:', '');
    if (asks === 'agent') assert.not('KAMAILIO_MI_URL' in env);
    else assert.is(env['KAMAILIO_MI_URL'], `http://${rpc}/rpc`);
    if (asks === 'evapi') assert.is(env['ACM_EVAPI_ADDRESS'], definedIn(file, 'ACM_EVAPI_BIND'));
    if (asks === 'http')
      assert.is(definedIn(file, 'ACM_URL'), `http://${env['API_HOST']}:${env['API_PORT']}/acm/call`);
  });
}

test('sends calls from Kamailio through drachtio-server and back', () => {
  const manifests = render(MATRIX['Kamailio with the SIP agent']!);
  const containers = containersOf(podsOf(manifests)[0]!);
  const drachtio = containers.find(({ name }) => name === 'drachtio')!;
  const file = 'sidecar/kamailio/kamailio-agent.cfg';
  const contact: string = drachtio['args'][drachtio['args'].indexOf('--contact') + 1];
  assert.is(contact.split(';')[0], definedIn(file, 'ACM_AGENT'));
  const map = manifests.find(({ data }) => data?.['acm.yaml'] !== undefined)!;
  assert.is(
    map['data']['acm.yaml'].trim(),
    `next_hop: ${definedIn(file, 'ACM_RETURN_LISTEN').replace('udp', 'sip')}`,
  );
  assert.ok(existsSync(inRepository(drachtio['args'][1])), drachtio['args'][1]);
});

test('has drachtio-server where the agent looks for it, with its secret', () => {
  const manifests = render(MATRIX['drachtio-server as the switch']!);
  const [pod] = podsOf(manifests);
  const drachtio = containersOf(pod!).find(({ name }) => name === 'drachtio')!;
  const agent = processesOf(manifests).find(({ args }) => args[0] === 'sip-agent')!;
  const secretOf = ({ env }: Manifest, name: string): unknown =>
    env.find((each: Manifest) => each['name'] === name).valueFrom.secretKeyRef;
  assert.equal(secretOf(drachtio, 'DRACHTIO_SECRET'), secretOf(agent, 'ACM_DRACHTIO_SECRET'));
  const [, port, host] = /<admin port="(\d+)" secret="\w+">([\d.]+)</.exec(
    readFileSync(inRepository(drachtio['args'][1]), 'utf8'),
  )!;
  assert.is(environmentOf(agent)['ACM_DRACHTIO_ADDRESS'], `${host}:${port}`);
  assert.ok(drachtio['args'].includes('sip:$(POD_IP):5070;transport=udp,tcp'));
  assert.equal(drachtio['args'].slice(-2), ['--external-ip', '203.0.113.5']);
});

for (const name of ['FreeSWITCH', 'FreeSWITCH with a password of its own, behind NAT']) {
  test(`has a FreeSWITCH and a sidecar that meet: ${name}`, () => {
    const manifests = render(MATRIX[name]!);
    const xml: string = manifests.find(({ data }) => data?.['freeswitch.xml'] !== undefined)!['data'][
      'freeswitch.xml'
    ];
    assert.ok(isWellFormed(xml));
    const included = /X-PRE-PROCESS cmd="include" data="([^"]+)"/.exec(xml)![1]!;
    const dialplan = readFileSync(inRepository(included), 'utf8');
    const env = sidecarEnvironment(manifests);
    assert.ok(dialplan.includes(`application="socket" data="${env['ACM_ESL_LISTEN_ADDRESS']} `));
    assert.match(xml, /name="listen-ip" value="127\.0\.0\.1"/);
    assert.match(xml, /name="listen-port" value="8021"/);
    assert.is(env['ACM_ESL_HOST'], '127.0.0.1');
    const [freeswitch] = podsOf(manifests)[0]!.spec['containers'];
    const hasPassword = freeswitch.env.some((each: Manifest) => each['name'] === 'ACM_ESL_PASSWORD');
    assert.is(hasPassword, 'ACM_ESL_PASSWORD' in env);
    assert.is(xml.includes('$ACM_ESL_PASSWORD'), hasPassword);
    assert.is(freeswitch.args[freeswitch.args.indexOf('-conf') + 1], '/etc/acm/freeswitch');
  });
}

test('opens those ports for RTP that FreeSWITCH takes', () => {
  const manifests = render(MATRIX['FreeSWITCH with a password of its own, behind NAT']!);
  const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy')!;
  assert.equal(policy['spec'].ingress[0].ports[2], { port: 20000, endPort: 20099, protocol: 'UDP' });
  const xml = JSON.stringify(manifests.find(({ data }) => data?.['freeswitch.xml'] !== undefined));
  assert.match(xml, /rtp-start-port\\" value=\\"20000.*rtp-end-port\\" value=\\"20099/);
});

test.run();

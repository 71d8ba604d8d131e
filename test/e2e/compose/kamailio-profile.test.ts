import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Project, readProject } from '../../sidecar/compose/project.js';
import { hasOwnNetwork, inOwnNetwork } from '../../support/network-namespaces.js';
import { until } from '../sip/acm-process.js';
import { addConfigurationCases } from './configuration-cases.js';
import { StandIn } from './stand-in.js';

const profile = suite('e2e/compose/kamailio-profile');

const project = withPatience(readProject(['with-kamailio']));

/** What is tested here is the verdict; how long it takes on a busy machine is not. */
function withPatience(compose: Project): Project {
  const { kamailio, 'sip-agent': agent } = compose.services;
  const patient = {
    kamailio: { ...kamailio!, command: [...kamailio!.command!, '-A', 'ACM_DEADLINE_MS="900"'] },
    'sip-agent': { ...agent!, environment: { ...agent!.environment, ACM_CHECK_DEADLINE_MS: '800' } },
  };
  return { ...compose, services: { ...compose.services, ...patient } };
}

function addCases(): void {
  let stack: StandIn;

  profile.before(() => {
    stack = new StandIn(project);
  });
  profile.after(async () => {
    await stack.down();
  });

  profile('starts, each service once those that it waits for are healthy', async () => {
    await stack.up();
  });

  profile('shows eight callers of whom four get through, and why the others do not', async () => {
    const attack = await until(
      () => /an attack: eight callers at (\+\d+)\n((?: .*\n){8})/.exec(stack.logOf('sipp')) ?? undefined,
      60_000,
    );
    const [, called = '', outcomes = ''] = attack;
    const lines = outcomes.trimEnd().split('\n');
    assert.is(lines.filter((line) => line.endsWith(`-> ${called}: answered`)).length, 4, outcomes);
    const rejected = lines.filter((line) => line.includes('608 Rejected, Reason: SIP;cause=608'));
    assert.is(rejected.length, 4, outcomes);
    const alerts = await stack.exec('sidecar', 'alerts', 'list', '--b', called);
    assert.match(alerts, new RegExp(`^.* ${called.slice(1)} .*$`, 'm'));
  });

  profile('lets everyday calls through', () => {
    assert.match(stack.logOf('sipp'), /^an everyday call\n {2}\+\d+ -> \+\d+: answered\n/);
  });
}

if (hasOwnNetwork) addCases();
else addConfigurationCases(profile, project);
await inOwnNetwork(import.meta.url, () => profile.run());

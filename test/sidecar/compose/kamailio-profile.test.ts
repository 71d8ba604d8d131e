import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../e2e/sip/acm-process.js';
import { inOwnNetwork } from '../../support/network-namespaces.js';
import { readProject } from './project.js';
import { StandIn } from './stand-in.js';

const profile = suite('sidecar/compose/kamailio-profile');

let stack: StandIn;

profile.before(() => {
  stack = new StandIn(readProject(['with-kamailio']));
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
  assert.match(
    await stack.exec('sidecar', 'alerts', 'list', '--b', called),
    new RegExp(called.replace('+', '\\+')),
  );
});

profile('lets everyday calls through', () => {
  assert.match(stack.logOf('sipp'), /^an everyday call\n {2}\+\d+ -> \+\d+: answered\n/);
});

await inOwnNetwork(import.meta.url, () => profile.run());

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mintToken } from '../../../src/admission/access-token.js';
import { readProject } from '../../sidecar/compose/project.js';
import { hasOwnNetwork, inOwnNetwork } from '../../support/network-namespaces.js';
import { until } from '../sip/acm-process.js';
import { addConfigurationCases } from './configuration-cases.js';
import { StandIn } from './stand-in.js';

const profile = suite('e2e/compose/default-profile');

const B = '+2348099999999';
const CALLERS = [1, 2, 3, 4, 5].map((i) => `+234803000000${i}`);

const { token: gatewayToken, hash } = mintToken();
/** As docs/compose.md tells people to make them; the other profile runs with those that stand in compose.yaml. */
const SECRETS = {
  POSTGRES_PASSWORD: 'c0ffee-1',
  SIDECAR_DB_PASSWORD: 'c0ffee-2',
  GATEWAY_DB_PASSWORD: 'c0ffee-3',
  LUMADB_GRPC_TOKEN: gatewayToken,
  ACM_GATEWAY_TOKEN_HASHES: hash,
};
const project = readProject(['with-simulator'], { ATTACK_INTERVAL: '5', ...SECRETS });

function addCases(): void {
  let stack: StandIn;

  const url = (path: string): string => `http://${stack.address('sidecar')}:5001${path}`;

  profile.before(() => {
    stack = new StandIn(project);
  });
  profile.after(async () => {
    await stack.down();
  });

  profile('starts, and nothing is missing once it has', async () => {
    await stack.up();
    const health = (await (await fetch(url('/health'))).json()) as Record<string, Record<string, unknown>>;
    assert.is(health['status'], 'ok', JSON.stringify(health));
    assert.is(health['database']!['kind'], 'postgresql');
    assert.is(health['reconciliation']!['state'], 'reconciled');
  });

  profile('rejects the fifth of five callers, and has the alert in PostgreSQL', async () => {
    const verdicts = await stack.exec('sidecar', 'check', '--b', B, '--a', ...CALLERS);
    assert.match(verdicts, /^\+2348030000004 +ALLOW/m);
    assert.match(verdicts, /^\+2348030000005 +REJECT +masking/m);
    const rows = await until(async () => {
      const found = await stack.postgres.query(
        'acm',
        `SELECT status FROM fraud_alerts WHERE b_number = '${B.slice(1)}'`,
      );
      return found.length > 0 ? found : undefined;
    });
    assert.equal(rows, [{ status: 'NEW' }]);
    assert.match(await stack.exec('sidecar', 'alerts', 'list', '--b', B), /2348099999999/);
  });

  profile('shows the attacks on the simulated switch, which its own sidecar ends', async () => {
    await until(async () => {
      const rows = await stack.postgres.query(
        'acm',
        "SELECT 1 FROM alert_disconnects WHERE outcome = 'ended'",
      );
      return rows.length > 0 || undefined;
    }, 30_000);
    const alerts = await stack.exec('sidecar', 'alerts', 'list');
    assert.ok(alerts.trimEnd().split('\n').length > 2, alerts);
  });

  profile('asks whoever comes over the network for a token, and takes one that was made inside', async () => {
    const stats = (token?: string) =>
      fetch(url('/acm/stats'), token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    assert.is((await stats()).status, 401);
    const made = await stack.exec('sidecar', 'token', 'create', '--name', 'desk', '--scope', 'alerts:read');
    const [token] = /acm_[\da-f]{12}_[\w-]{43}/.exec(made) ?? [];
    assert.is(
      (await until(async () => ((await stats(token)).ok ? await stats(token) : undefined))).status,
      200,
    );
    // Who is inside goes on as before.
    assert.match(await stack.exec('sidecar', 'policy', 'list'), /./);
  });

  profile('the gateway has the rights that it needs, and no others', async () => {
    const [tables] = await stack.postgres.query(
      'acm_gateway',
      'SELECT count(*)::int AS deltas FROM window_deltas',
    );
    assert.ok(Number(tables!['deltas']) > 0);
    const [rights] = await stack.postgres.query(
      'acm',
      "SELECT has_database_privilege('acm_gateway', 'acm', 'CONNECT') AS gateway, has_database_privilege('acm', 'acm_gateway', 'CONNECT') AS sidecar",
    );
    assert.equal(rights, { gateway: false, sidecar: false });
  });

  profile('stops as it should when it is told to', async () => {
    const ends = await stack.down();
    assert.equal([...ends.values()], [0, 0, 0, 0]);
  });
}

if (hasOwnNetwork) addCases();
else addConfigurationCases(profile, project);
await inOwnNetwork(import.meta.url, () => profile.run());

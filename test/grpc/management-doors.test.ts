/** Who is served by which door, on a real server; and what a server with management says of itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Certificates, makeCertificates, pem } from '../support/certificates.js';
import { HealthWatcher, reflect } from '../support/grpc-companions.js';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/management-doors');

const SERVICES = [
  'AlertService',
  'PolicyService',
  'AllowlistService',
  'BlockService',
  'TokenService',
  'AuditService',
  'StatsService',
] as const;
/** An address of this machine that is not loopback: whoever comes by it looks like one from elsewhere. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address;

let directory: string;
let certificates: Certificates;

test.before(() => {
  directory = mkdtempSync(join(tmpdir(), 'acm-doors-'));
  certificates = makeCertificates();
});

test.after(() => {
  rmSync(directory, { recursive: true });
  certificates.remove();
});

type Where = Parameters<typeof startManagementServer>[0];

async function withServer(where: Where, work: (server: ManagementServer) => Promise<void>): Promise<void> {
  const server = await startManagementServer(where);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

async function withClient(client: ManagementClient, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    client.close();
  }
}

function list(client: ManagementClient): Promise<{ policies: unknown[] }> {
  return client.ask('PolicyService', 'ListPolicies');
}

test('serves whoever is on the machine, over loopback and over the UNIX socket', async () => {
  const socket = join(directory, 'acm.sock');
  await withServer({ socket }, async ({ address }) => {
    for (const at of [address, `unix:${socket}`]) {
      const client = new ManagementClient(at);
      await withClient(client, async () => assert.equal((await list(client)).policies, []));
    }
  });
});

test('refuses whoever comes from elsewhere without a certificate, for every service', async () => {
  if (outside === undefined) return;
  await withServer({ host: '0.0.0.0' }, async ({ address, log }) => {
    const client = new ManagementClient(address.replace('127.0.0.1', outside));
    await withClient(client, async () => {
      for (const [service, method] of [
        ['AlertService', 'ListAlerts'],
        ['PolicyService', 'SetEnforcement'],
        ['AllowlistService', 'AddAllowlistEntries'],
        ['BlockService', 'RemoveBlock'],
        ['StatsService', 'GetStats'],
      ] as const) {
        const { code, details } = await failureOf(client.ask(service, method));
        assert.is(code, status.UNAUTHENTICATED);
        assert.match(details, 'client certificate');
      }
    });
    assert.equal(log, []);
  });
});

test('refuses whoever comes from elsewhere by TLS when no certificate is asked for', async () => {
  if (outside === undefined) return;
  const { cert, key } = certificates.server;
  await withServer(
    { host: '0.0.0.0', tls: { cert: pem(cert), key: pem(key), clientCa: undefined } },
    async ({ address }) => {
      const client = new ManagementClient(
        address.replace('127.0.0.1', outside),
        credentials.createSsl(pem(certificates.ca), null, null, { checkServerIdentity: () => undefined }),
      );
      await withClient(client, async () =>
        assert.is((await failureOf(list(client))).code, status.UNAUTHENTICATED),
      );
    },
  );
});

test('lets a certificate do what the configuration says of its name, and only carry calls otherwise', async () => {
  const { ca, server, client: own } = certificates;
  const tls = { cert: pem(server.cert), key: pem(server.key), clientCa: pem(ca) };
  const withCertificate = credentials.createSsl(pem(ca), pem(own.key), pem(own.cert), {
    checkServerIdentity: () => undefined,
  });
  await withServer(
    { tls, identities: [{ name: 'client', scopes: ['policy:read'] }] },
    async ({ address }) => {
      const client = new ManagementClient(address, withCertificate);
      await withClient(client, async () => {
        assert.equal((await list(client)).policies, []);
        // Known by now: the certificate is read once for a connection.
        assert.equal((await list(client)).policies, []);
        const refused = await failureOf(client.ask('AlertService', 'ListAlerts'));
        assert.equal(
          [refused.code, refused.details],
          [status.PERMISSION_DENIED, 'the certificate "client" lacks the scope alerts:read'],
        );
      });
    },
  );
  await withServer({ tls }, async ({ address }) => {
    const client = new ManagementClient(address, withCertificate);
    await withClient(client, async () =>
      assert.is((await failureOf(list(client))).code, status.PERMISSION_DENIED),
    );
  });
});

test('says of each service that it is serving, and gives out its contract', async () => {
  await withServer({}, async ({ address }) => {
    const health = new HealthWatcher(address);
    for (const service of SERVICES) assert.is(await health.check(`acm.v1.${service}`), 'SERVING');
    health.close();
    const { list_services_response } = await reflect(address, { list_services: '' });
    const names = list_services_response?.service.map(({ name }) => name) ?? [];
    for (const service of SERVICES) assert.ok(names.includes(`acm.v1.${service}`));
    for (const [service, method] of [
      ['BlockService', 'AddBlocks'],
      ['StatsService', 'GetStatsHistory'],
    ]) {
      const answer = await reflect(address, { file_containing_symbol: `acm.v1.${service}` });
      const files = answer.file_descriptor_response?.file_descriptor_proto ?? [];
      assert.ok(files.some((file) => file.includes(method)));
    }
  });
});

test.run();

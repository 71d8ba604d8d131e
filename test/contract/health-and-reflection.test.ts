/** grpc.health.v1 and server reflection, from outside. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HealthWatcher, reflect } from '../support/grpc-companions.js';
import { failureOf } from '../support/grpc-detection.js';
import { startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';

const test = suite('contract/health-and-reflection');

const NOT_FOUND = 5;
const SERVICE = 'acm.v1.DetectionService';
const SERVICES = [
  SERVICE,
  'acm.v1.AlertService',
  'acm.v1.PolicyService',
  'acm.v1.AllowlistService',
  'acm.v1.BlockService',
  'acm.v1.TokenService',
  'acm.v1.AuditService',
  'acm.v1.StatsService',
  'acm.v1.WebhookService',
  'acm.v1.CallService',
];

let sidecar: TestSidecar;
let health: HealthWatcher;

test.before(async () => {
  sidecar = await startTestSidecar();
  health = new HealthWatcher(sidecar.address);
});

test.after(async () => {
  health.close();
  await sidecar.stop();
});

test('is serving, as a whole and by each of its services', async () => {
  assert.is(await health.check(''), 'SERVING');
  for (const service of SERVICES) assert.is(await health.check(service), 'SERVING', service);
});

test('does not answer for services that it has not got', async () => {
  assert.is((await failureOf(health.check('acm.v1.Nothing'))).code, NOT_FOUND);
});

test('lists its services to whoever asks by reflection', async () => {
  const { list_services_response } = await reflect(sidecar.address, { list_services: '' });
  assert.equal(
    list_services_response?.service,
    SERVICES.map((name) => ({ name })),
  );
});

test('gives out the contract by reflection', async () => {
  const { file_descriptor_response } = await reflect(sidecar.address, { file_containing_symbol: SERVICE });
  const [file] = file_descriptor_response?.file_descriptor_proto ?? [];
  // A FileDescriptorProto holds its names as plain text.
  for (const name of ['CheckCall', 'WatchDisconnects', 'VERDICT_REJECT', 'reason_header', 'proto3'])
    assert.ok(file.includes(name), name);
});

test.run();

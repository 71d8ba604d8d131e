import { Validator } from '@seriousme/openapi-schema-validator';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { apiRoutes } from '../../src/http/api.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { schemasOf } from '../../src/http/openapi-schemas.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';
import type { Json } from '../support/http-client.js';
import { MemoryAlertStore, MemoryRuleStore } from '../support/memory-store.js';
import { apiPartsOf } from './api-fixture.js';

const test = suite('http/openapi');

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const parts = apiPartsOf(
  new AdmissionFixture(),
  new MemoryAlertStore(),
  new MemoryRuleStore(() => new Date(0)),
);
const routes = apiRoutes(parts, SILENT);
const document: Json = JSON.parse(JSON.stringify(openApiDocument(routes, '1.2.3')));
const operations: Json[] = Object.values<Json>(document['paths']).flatMap((path) =>
  Object.values<Json>(path),
);

test('says what it is', () => {
  assert.is(document['openapi'], '3.1.0');
  assert.is(document['info'].version, '1.2.3');
});

test('is valid by the schema of OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
});

test('has every path, those of the seed and the older names', () => {
  for (const path of [
    '/acm/call',
    '/event',
    '/acm/alerts/{id}',
    '/stats',
    '/health',
    '/metrics',
    '/openapi.json',
  ])
    assert.ok(document['paths'][path], path);
});

test('gives every operation an id of its own, a summary and its answer', () => {
  const ids = operations.map(({ operationId }) => operationId);
  assert.is(new Set(ids).size, ids.length);
  for (const { summary, responses, operationId } of operations) {
    assert.ok(summary, operationId);
    assert.ok((responses['200'] ?? responses['202']).content, operationId);
  }
});

test('describes every field of a call, with an example where there is one to give', () => {
  const { properties, required } = document['components'].schemas['CallEvent'];
  assert.is(required, undefined);
  for (const [name, schema] of Object.entries<Json>(properties)) assert.ok(schema['description'], name);
  assert.is(properties['b_number'].maxLength, 128);
  assert.equal(properties['b_number'].examples, ['+2348099999999']);
});

test('names the errors that an operation can end with', () => {
  const statuses = (path: string, method: string) =>
    Object.keys(document['paths'][path][method].responses).join(' ');
  assert.is(statuses('/acm/call', 'post'), '200 400 401 403 413 415 422 429 500');
  assert.is(statuses('/acm/alerts/{id}', 'patch'), '200 400 401 403 404 409 413 415 422 429 500 503');
  assert.is(statuses('/acm/threats', 'get'), '200 401 403 429 500');
  assert.is(statuses('/openapi.json', 'get'), '200 403 429 500');
});

test('says by which scopes an operation may be asked, and that some are open to everybody', () => {
  const securityOf = (path: string, method: string) => document['paths'][path][method].security;
  assert.equal(securityOf('/acm/blocks', 'post'), [
    { token: ['policy:write'] },
    { certificate: ['policy:write'] },
  ]);
  assert.equal(securityOf('/acm/call', 'post').slice(0, 2), [
    { token: ['check'] },
    { token: ['events:write'] },
  ]);
  for (const path of ['/', '/health', '/metrics', '/openapi.json']) assert.equal(securityOf(path, 'get'), []);
  const { token, certificate } = document['components'].securitySchemes;
  assert.is(token.scheme, 'bearer');
  assert.is(certificate.type, 'mutualTLS');
});

test('groups its operations by areas that it describes', () => {
  const areas = document['tags'].map(({ name }: Json) => name);
  for (const { tags, operationId } of operations) assert.ok(areas.includes(tags[0]), operationId);
  for (const { name, description } of document['tags']) assert.ok(description, name);
});

test('means the same by a name in requests and in answers', () => {
  const inputs = schemasOf(
    routes.map(({ input }) => input),
    'input',
  ).named;
  const answers = schemasOf(
    routes.map(({ answer }) => answer),
    'output',
  ).named;
  const shared = Object.keys(inputs).filter((name) => name in answers);
  assert.ok(shared.includes('AllowlistScope'));
  for (const name of shared) assert.equal(inputs[name], answers[name], name);
});

test('has the parameters with their limits', () => {
  const [minutes] = document['paths']['/acm/alerts'].get.parameters;
  assert.is(minutes.name, 'minutes');
  assert.is(minutes.in, 'query');
  assert.is(minutes.required, false);
  assert.equal(minutes.schema, { default: 60, type: 'integer', minimum: 1, maximum: 10_080 });
  assert.is(document['paths']['/acm/alerts/{id}'].get.parameters[0].required, true);
});

test('refers to nothing that it does not hold', () => {
  for (const [, name = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = name.split('/').reduce<Json | undefined>((value, step) => value?.[step], document);
    assert.ok(target, name);
  }
});

test.run();

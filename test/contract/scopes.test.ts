/** Who may ask for what: a token of each scope, and everything that a real sidecar serves over gRPC and HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCOPES, type Scope } from '../../src/admission/access.js';
import { AnyMethodClient, METHODS } from '../support/any-grpc-method.js';
import { reflect } from '../support/grpc-companions.js';
import { ManagementClient } from '../support/grpc-management.js';
import { startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';
import { HttpClient } from '../support/http-client.js';
import { OpenApiCheck } from '../support/openapi-check.js';
import { GRPC_METHODS, HTTP_OPERATIONS, MAY, SIGNED } from '../support/scope-table.js';

const test = suite('contract/scopes');

/** What who is on this machine may do once there are tokens. */
const CALLS: readonly Scope[] = ['check', 'switch', 'events:write'];
/** An address of this machine that is not loopback: whoever comes by it looks like one from elsewhere. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address;

let directory: string;
let socket: string;
let sidecar: TestSidecar;
const tokens = new Map<Scope, string>();

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-scopes-'));
  socket = `unix:${join(directory, 'acm.sock')}`;
  sidecar = await startTestSidecar({
    ACM_DATA_DIR: join(directory, 'data'),
    ACM_GRPC_SOCKET: join(directory, 'acm.sock'),
    ACM_GRPC_ADDRESS: '0.0.0.0:0',
    API_HOST: '0.0.0.0',
    ACM_ALLOW_PLAINTEXT: 'true',
  });
  const owner = new ManagementClient(socket);
  for (const scope of SCOPES) {
    const request = { name: `holder of ${scope}`, scopes: [scope], author: 'test' };
    tokens.set(scope, (await owner.ask('TokenService', 'CreateToken', request)).secret);
  }
  owner.close();
});

test.after(async () => {
  await sidecar.stop();
  rmSync(directory, { recursive: true });
});

function mayAsk(held: readonly Scope[], anyOf: readonly Scope[]): boolean {
  return anyOf.length === 0 || held.some((scope) => anyOf.some((wanted) => MAY[scope].includes(wanted)));
}

/** What each method answered, by its name. */
async function askAllMethods(address: string, token = ''): Promise<Map<string, status>> {
  const client = new AnyMethodClient(address, token);
  const answers = new Map<string, status>();
  for (const name of METHODS.keys()) answers.set(name, await client.ask(name));
  client.close();
  return answers;
}

/** What each operation answered, by its name. */
async function askAllOperations(url: string, token = ''): Promise<Map<string, number>> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const answers = new Map<string, number>();
  for (const name of Object.keys(HTTP_OPERATIONS)) {
    const [method = '', path = ''] = name.split(' ');
    const takesBody = method !== 'GET' && method !== 'DELETE';
    const answer = await fetch(url + path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000'), {
      method,
      headers: takesBody ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(takesBody ? { body: '{}' } : {}),
    });
    // A stream of events would go on.
    await answer.body?.cancel();
    answers.set(name, answer.status);
  }
  return answers;
}

function assertMethods(answers: ReadonlyMap<string, status>, held: readonly Scope[], who: string): void {
  for (const [name, code] of answers) {
    assert.is.not(code, status.UNAUTHENTICATED, `${who}: ${name}`);
    assert.is.not(code, status.UNIMPLEMENTED, `${who}: ${name}`);
    const allowed = code !== status.PERMISSION_DENIED;
    assert.is(allowed, mayAsk(held, GRPC_METHODS[name]), `${who}: ${name} answers ${status[code]}`);
  }
}

function assertOperations(answers: ReadonlyMap<string, number>, held: readonly Scope[], who: string): void {
  for (const [name, code] of answers) {
    assert.ok(code !== 401 && code !== 405 && code < 500, `${who}: ${name} answers ${code}`);
    assert.is(code !== 403, mayAsk(held, HTTP_OPERATIONS[name]), `${who}: ${name} answers ${code}`);
  }
}

test('has a line for every method that is served, and for no other', async () => {
  assert.equal([...METHODS.keys()].sort(), Object.keys(GRPC_METHODS).sort());
  const { list_services_response } = await reflect(sidecar.address, { list_services: '' });
  const served = list_services_response?.service.map(({ name }) => name) ?? [];
  const listed = new Set(Object.keys(GRPC_METHODS).map((name) => `acm.v1.${name.split('/')[0]}`));
  assert.equal(served.filter((name) => name.startsWith('acm.')).sort(), [...listed].sort());
});

test('has a line for every operation that is served, and for none that is not', async () => {
  const client = new HttpClient(sidecar.url);
  const { endpoints } = (await client.get('/')).body;
  const documented = new OpenApiCheck((await client.get('/openapi.json')).body).operations;
  const served = new Set<string>([...endpoints, ...documented]);
  assert.equal([...served].filter((name) => HTTP_OPERATIONS[name] === undefined).sort(), []);
  assert.equal(
    Object.keys(HTTP_OPERATIONS).filter((name) => !served.has(name)),
    [],
  );
});

test('lets a token of each scope ask for what the scope is for, over gRPC', async () => {
  for (const [scope, token] of tokens)
    assertMethods(await askAllMethods(sidecar.address, token), [scope], scope);
});

test('lets a token of each scope ask for what the scope is for, over HTTP', async () => {
  for (const [scope, token] of tokens)
    assertOperations(await askAllOperations(sidecar.url, token), [scope], scope);
});

test('lets who is on this machine carry calls without a token, and do no more', async () => {
  assertMethods(await askAllMethods(sidecar.address), CALLS, 'without a token');
  assertOperations(await askAllOperations(sidecar.url), CALLS, 'without a token');
});

test('lets who may open the UNIX socket do everything without a token, and with one what that may', async () => {
  assertMethods(await askAllMethods(socket), ['admin'], 'by the socket');
  assertMethods(await askAllMethods(socket, tokens.get('alerts:read')), ['alerts:read'], 'by the socket');
});

test('lets a token from elsewhere do what it may on this machine', async () => {
  if (outside === undefined) return;
  for (const scope of ['switch', 'alerts:write', 'admin'] as const) {
    const token = tokens.get(scope);
    const [address, url] = [sidecar.address, sidecar.url].map((at) => at.replace('127.0.0.1', outside));
    assertMethods(await askAllMethods(address, token), [scope], `${scope} from elsewhere`);
    assertOperations(await askAllOperations(url, token), [scope], `${scope} from elsewhere`);
  }
});

test('asks everybody else from elsewhere who they are, and tires of asking', async () => {
  if (outside === undefined) return;
  const [address, url] = [sidecar.address, sidecar.url].map((at) => at.replace('127.0.0.1', outside));
  const operations = [...(await askAllOperations(url))].filter(([name]) => HTTP_OPERATIONS[name].length > 0);
  const codes = operations.map(([, code]) => code);
  assert.equal(codes.slice(0, 10), Array(10).fill(401));
  for (const [name, code] of operations) assert.ok(code === 401 || code === 429, `${name} answers ${code}`);
  assert.ok(codes.includes(429));
  for (const token of ['', 'acm_5d3c6f6e3c0b_guess'])
    for (const [name, code] of await askAllMethods(address, token))
      assert.ok(
        code === status.UNAUTHENTICATED || code === status.RESOURCE_EXHAUSTED,
        `${name} answers ${status[code]}`,
      );
  const open = await askAllOperations(url, 'acm_5d3c6f6e3c0b_guess');
  for (const [name, code] of open)
    if (HTTP_OPERATIONS[name].length === 0)
      assert.is(code, SIGNED.has(name) ? 404 : 200, `${name} is open to everybody`);
});

test('has nothing of this in its log as a defect', () => {
  assert.equal(
    sidecar.log.filter(({ level }) => level === 'error'),
    [],
  );
});

test.run();

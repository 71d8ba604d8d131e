/** What a browser meets at a sidecar as it is composed: the page of the API, and pages of other origins. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startTestSidecar, type TestSidecar } from '../support/grpc-sidecar.js';

const test = suite('contract/http-browser');

const OURS = 'https://noc.example';
let sidecar: TestSidecar;

test.before(async () => {
  sidecar = await startTestSidecar({ ACM_DATA_DIR: 'none', API_CORS_ORIGINS: OURS });
});
test.after(() => sidecar.stop());

test('shows the API at /docs with what this server holds alone', async () => {
  const page = await fetch(`${sidecar.url}/docs`);
  assert.is(page.status, 200);
  assert.match(page.headers.get('content-security-policy') ?? '', "script-src 'self'");
  assert.match(await page.text(), 'docs/swagger-ui-bundle.js');
  const bundle = await fetch(`${sidecar.url}/docs/swagger-ui-bundle.js`);
  assert.match(await bundle.text(), 'SwaggerUIBundle');
});

test('lets pages of the configured origin ask, and no others', async () => {
  for (const [origin, allowed] of [
    [OURS, OURS],
    ['https://evil.example', null],
  ] as const) {
    const preflight = { origin, 'access-control-request-method': 'PUT' };
    const asked = await fetch(`${sidecar.url}/acm/enforcement`, { method: 'OPTIONS', headers: preflight });
    assert.is(asked.headers.get('access-control-allow-origin'), allowed, origin);
    const answer = await fetch(`${sidecar.url}/acm/enforcement`, { headers: { origin } });
    assert.is(answer.headers.get('access-control-allow-origin'), allowed, origin);
  }
});

test.run();

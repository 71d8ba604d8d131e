import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ApiFixture, startApi } from './api-fixture.js';

const test = suite('http/docs-page');

let api: ApiFixture;

test.before(async () => {
  api = await startApi();
});
test.after(() => api.stop());

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${api.port}${path}`, init);

/** Every address that the page names, as a browser resolves it. */
async function addressesInPage(): Promise<URL[]> {
  const page = await get('/docs');
  const html = await page.text();
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => new URL(address, page.url));
}

test('serves the page and all that it is made of', async () => {
  assert.is((await get('/docs')).headers.get('content-type'), 'text/html; charset=utf-8');
  const files = (await addressesInPage()).filter(({ protocol }) => protocol === 'http:');
  assert.is(files.length, 3);
  for (const { pathname } of files) {
    const answer = await get(pathname);
    assert.is(answer.status, 200, pathname);
    assert.match(answer.headers.get('content-type') ?? '', /^(text|application)\/(css|javascript)/, pathname);
    await answer.arrayBuffer();
  }
});

test('names no other host, and shows the document of this server', async () => {
  for (const { protocol, host } of await addressesInPage())
    assert.ok(protocol === 'data:' || host === `127.0.0.1:${api.port}`, host);
  const start = await (await get('/docs/start.js')).text();
  assert.not.match(start, /\/\//);
  const [, document = ''] = /url: '([^']+)'/.exec(start) ?? [];
  assert.is(new URL(document, `http://127.0.0.1:${api.port}/docs`).pathname, '/openapi.json');
});

test('forbids the browser to take anything from elsewhere, or to run what stands in the page', async () => {
  for (const path of ['/docs', '/docs/start.js', '/docs/swagger-ui.css']) {
    const answer = await get(path);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, "default-src 'none'", path);
    assert.match(policy, "script-src 'self';", path);
    assert.match(policy, "frame-ancestors 'none'", path);
    assert.not.match(policy, /unsafe|\*|https?:/, path);
    await answer.arrayBuffer();
  }
  assert.not.match(await (await get('/docs')).text(), /<script>|<style|style=| on\w+=/);
});

test('lets the browser keep the large files, and ask whether they have changed', async () => {
  const first = await get('/docs/swagger-ui-bundle.js', { method: 'HEAD' });
  const etag = first.headers.get('etag') ?? '';
  const again = await get('/docs/swagger-ui-bundle.js', {
    headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
  });
  assert.is(again.status, 304);
});

test('serves no other file of the package, nor one from elsewhere', async () => {
  for (const path of [
    '/docs/package.json',
    '/docs/index.html',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/x',
    '/docs/',
  ])
    assert.is((await get(path)).status, 404, path);
  assert.is((await get('/docs', { method: 'POST' })).status, 405);
});

test.run();

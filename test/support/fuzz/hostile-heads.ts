/** Request lines and headers that nobody sends by accident. */
import type { HostileValues } from './hostile-values.js';
import type { FuzzRequest } from './http-request.js';
import type { SeededRandom } from './seeded-random.js';

export const UNKNOWN_METHODS = [
  ...[
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'MKCOL',
    'LOCK',
    'SEARCH',
  ],
  ...['PURGE', 'QUERY', 'BREW', 'get', 'G', 'POSTPOST', 'X'.repeat(300), 'M-SEARCH', 'SOURCE'],
] as const;

const PATHS = [
  ...[
    '/',
    '//',
    '///acm//alerts',
    '/acm/../acm/alerts',
    '/acm/./alerts',
    '/../../../etc/passwd',
    '/%2e%2e/%2e%2e/',
  ],
  ...[
    '/acm%2Falerts',
    '/acm/alerts%00',
    '/acm/alerts;x=1',
    '/acm/alerts/',
    '/acm/alerts//',
    '/%',
    '/%zz',
    '/%c0%af',
  ],
  ...[
    '/%ed%a0%80',
    '/acm/alerts#x',
    '/..;/acm',
    '/\\acm\\alerts',
    '/ACM/ALERTS',
    '/acm/alerts?',
    '/acm/alerts??a=b',
  ],
  ...[
    '*',
    'http://evil.example/acm/alerts',
    '//evil.example/',
    '/:id',
    '/{id}',
    '/acm/alerts/*',
    '/favicon.ico',
  ],
  ...[
    '/.env',
    '/.git/config',
    '/openapi.json/../x',
    '/health/',
    '/metrics%0a',
    '/acm/alerts/é',
    '/acm/\u00ff',
    '',
  ],
  ...[
    `/${'a'.repeat(6_000)}`,
    `/${'a/'.repeat(3_000)}`,
    `/${'%41'.repeat(3_000)}`,
    '/acm/alerts/'.padEnd(2_000, '0'),
  ],
] as const;

export function hostilePath(target: string, values: HostileValues, random: SeededRandom): string {
  const bare = random.pick([...PATHS, () => values.nearly(target).replace(/[\s\0]/g, '%20')]);
  return typeof bare === 'string' ? bare : bare();
}

const CONTENT_TYPES = [
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    '',
  ],
  ...[
    'nonsense',
    'application/json; charset=utf-16',
    'application/json; charset=',
    'application/json;;',
    'APPLICATION/JSON',
  ],
  ...[
    'application/jsonx',
    'application/json, text/plain',
    'application/problem+json',
    '/',
    'a'.repeat(1_000),
    '\u00ff',
    '\t',
  ],
] as const;

const AUTHORIZATIONS = [
  ...[
    'Bearer',
    'Bearer ',
    'Bearer x',
    'bearer x',
    'Bearer null',
    'Bearer  a b',
    'Basic',
    'Basic Og==',
    'Basic dXNlcjpwYXNz',
  ],
  ...[
    'Basic !!!',
    'Digest username="x"',
    'Negotiate YII=',
    `Bearer ${'A'.repeat(6_000)}`,
    'Bearer \u00ff\u00fe',
    'Bearer a,b',
  ],
  ...[
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    'Bearer __proto__',
    "Bearer ' OR 1=1",
    'Bearer acm_00000000',
    '',
    ' ',
    '\t',
  ],
] as const;

const HOSTS = [
  ...[
    '',
    'evil.example',
    'localhost:99999',
    '127.0.0.1',
    '[::1]:5001',
    '[::1',
    'localhost, evil.example',
    'a b',
    '@',
    ':',
  ],
  ...[
    '127.0.0.1.evil.example',
    'LOCALHOST',
    '0x7f.1',
    'x'.repeat(4_000),
    'xn--nxasmq6b',
    'localhost:',
    '\u00e9.example',
  ],
] as const;

/** Such as proxies and scanners send. */
const OTHERS = [
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'forwarded',
    'x-real-ip',
    'x-http-method-override',
    'cookie',
    'origin',
  ],
  ...[
    'range',
    'if-none-match',
    'if-modified-since',
    'accept',
    'accept-encoding',
    'content-encoding',
    'upgrade',
    'te',
  ],
  ...['expect', 'connection', 'via', 'traceparent', 'last-event-id', 'x-x', '__proto__'],
] as const;

export function hostileHeaders(
  request: FuzzRequest,
  values: HostileValues,
  random: SeededRandom,
): FuzzRequest {
  const without = (name: string) => request.headers.filter(([each]) => each !== name);
  const also = (name: string, value: string): FuzzRequest => ({
    ...request,
    headers: [...without(name), [name, value]],
  });
  return random.weighted<() => FuzzRequest>([
    [3, () => also('content-type', random.pick(CONTENT_TYPES))],
    [1, () => ({ ...request, headers: without('content-type') })],
    [3, () => also('x-request-id', oneLine(values.text()).slice(0, 6_000))],
    [3, () => ({ ...also('authorization', random.pick(AUTHORIZATIONS)), fromElsewhere: true })],
    [2, () => also('host', random.pick(HOSTS))],
    [4, () => otherHeader(request, random.pick(OTHERS), oneLine(values.text()).slice(0, 6_000))],
    [1, () => also('x-long', 'x'.repeat(random.pick([10_000, 20_000])))],
    [
      1,
      () => ({ ...request, headers: [...request.headers, ...manyHeaders(random.pick([100, 1_000, 2_100]))] }),
    ],
  ])();
}

/** Headers by which the server frames a request change what comes after it: the connection is not used again. */
function otherHeader(request: FuzzRequest, name: string, value: string): FuzzRequest {
  const frames = ['expect', 'connection', 'upgrade'].includes(name);
  return { ...request, headers: [...request.headers, [name, value]], ...(frames ? { mayBeCut: true } : {}) };
}

function manyHeaders(count: number): [string, string][] {
  return Array.from({ length: count }, (_, i) => [`h${i}`, '1']);
}

/** A header cannot hold the end of its line; how that is tried belongs to the framing of requests. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

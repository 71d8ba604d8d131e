/** Bodies are JSON in UTF-8, and nothing else. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';

/** In bytes; more is 413. */
export const BODY_BYTES_MAX = 1_048_576;

/**
 * Fastify's own parser would read invalid UTF-8 as replacement characters, by which different numbers become the same one.
 * As there, keys that reach for prototypes (`__proto__`, `constructor.prototype`) make a body malformed.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    try {
      request.checkBody?.(bytes);
    } catch (error) {
      done(error as Error, undefined);
      return;
    }
    if (isUtf8(bytes)) parse(request, bytes.toString('utf8'), done);
    else done(Object.assign(new Error('not UTF-8'), { statusCode: 400 }), undefined);
  });
}

/** GET /docs: the OpenAPI document as a page, readable in a browser that reaches nothing but this server. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { refuseOtherMethods } from './route-server.js';

/** What the page takes of Swagger UI; its other files are not served. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** Pictures within the style sheet are data: URLs. Nothing else comes from anywhere but here, and no script stands in the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Addresses are relative, so that the page also works behind a proxy that adds to the path. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>acm-sidecar: the HTTP API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/start.js" defer></script>
  </head>
  <body>
    <div id="page"></div>
  </body>
</html>
`;

/** A token that is typed into the page is kept nowhere, and no validator elsewhere is asked. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  deepLinking: true,
  docExpansion: 'list',
  persistAuthorization: false,
  validatorUrl: null,
});
`;

export function serveDocs(server: FastifyInstance): void {
  const root = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css')));
  server.register(fastifyStatic, { root, serve: false });
  serve('/docs', (reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  serve('/docs/start.js', (reply) => reply.type('text/javascript; charset=utf-8').send(START));
  for (const asset of ASSETS) serve(`/docs/${asset}`, (reply) => reply.sendFile(asset));

  function serve(path: string, answer: (reply: FastifyReply) => FastifyReply): void {
    server.get(path, (_request, reply) => answer(reply.header('content-security-policy', POLICY)));
    refuseOtherMethods(server, path, ['GET', 'HEAD']);
  }
}

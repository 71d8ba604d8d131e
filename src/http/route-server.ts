/** Puts routes onto the server: validation, the log of changes, and 405 for the methods that a path does not have. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../admission/ports.js';
import { callerOf } from './access.js';
import { InvalidRequestError } from './invalid-request.js';
import { sendProblem } from './problem-answer.js';
import type { Route } from './route.js';
import { problem } from './status.js';

export function serveRoutes(server: FastifyInstance, routes: readonly Route[], log: Log): void {
  for (const route of routes) {
    for (const path of route.paths)
      server.route({
        method: route.method,
        url: path,
        exposeHeadRoute: false,
        handler: (request, reply) => answer(route, request, reply, log),
      });
  }
  for (const [path, methods] of methodsByPath(routes)) refuseOtherMethods(server, path, methods);
}

async function answer(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): Promise<unknown> {
  const { params, query, headers, body } = request;
  const parsed = route.input.safeParse({ params, query, headers, body });
  if (!parsed.success) throw new InvalidRequestError(parsed.error.issues);
  const author = callerOf(request.socket);
  const response = await route.handle(parsed.data, { author, origin: author }, reply);
  if (route.changes)
    log.info(
      { requestId: request.id, method: route.method, route: route.paths[0], author },
      'changed by hand',
    );
  return response;
}

/** What a path is not served with is answered before anything of the body is read. */
export function refuseOtherMethods(server: FastifyInstance, path: string, methods: readonly string[]): void {
  const allow = methods.join(', ');
  server.route({
    method: server.supportedMethods.filter((method) => !methods.includes(method)),
    url: path,
    onRequest: (_request, reply, _done) => {
      reply.header('allow', allow);
      void sendProblem(reply, problem(405, `this path takes ${allow}`));
    },
    handler: () => undefined,
  });
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { paths, method } of routes)
    for (const path of paths) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
}

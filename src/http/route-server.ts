/** Puts routes onto the server: who may, validation, the log of changes, and 405 for the methods that a path does not have. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, type Caller, type Scope } from '../admission/access.js';
import { NAME_MAX } from '../admission/call-attempt.js';
import type { Doorkeeper } from '../admission/doorkeeper.js';
import { plainAddress } from '../admission/ip-address.js';
import type { Log } from '../admission/ports.js';
import type { RequestSignatures } from '../admission/webhook-ports.js';
import { AcmError } from '../errors.js';
import { callerOf } from './access.js';
import { InvalidRequestError } from './invalid-request.js';
import { sendProblem } from './problem-answer.js';
import type { Route } from './route.js';
import { problem } from './status.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** One of these is needed; none: everybody may ask. */
    scopes?: readonly Scope[];
    /** Absent where requests are not signed. */
    signatures?: RequestSignatures | undefined;
  }
  interface FastifyRequest {
    caller: Caller;
    /** Looks at a body before it is parsed; undefined where anything goes. */
    checkBody: ((body: Buffer) => void) | undefined;
  }
}

/** Whoever asks where nobody is asked who they are. */
const ANYBODY: Caller = { kind: 'local', name: '', tokenId: '', scopes: new Set(), origin: 'http' };

/** Asks who is there before anything of the body is read. */
export function guardRoutes(
  server: FastifyInstance,
  keeper: Doorkeeper,
  trustedOrigins: readonly string[],
): void {
  server.decorateRequest('caller');
  server.decorateRequest('checkBody');
  server.addHook('onRequest', async (request) => {
    const { scopes = [], signatures } = request.routeOptions.config;
    if (signatures !== undefined) checkSignature(request, signatures, keeper);
    request.caller = scopes.length === 0 ? ANYBODY : callerOf(keeper, request, scopes, trustedOrigins);
  });
}

/** Now by the headers, and by the body as soon as that is read. Who fails is counted as who shows a wrong token is. */
function checkSignature(request: FastifyRequest, signatures: RequestSignatures, keeper: Doorkeeper): void {
  const check = (body: Buffer | undefined): void => {
    try {
      signatures.check(request.headers, body);
    } catch (error) {
      if (!(error instanceof AcmError) || error.code !== 'ACM_UNAUTHENTICATED') throw error;
      keeper.refuse(plainAddress(request.socket.remoteAddress), error.message);
    }
  };
  check(undefined);
  request.checkBody = check;
}

export function serveRoutes(server: FastifyInstance, routes: readonly Route[], log: Log): void {
  for (const route of routes) {
    for (const path of route.paths)
      server.route({
        method: route.method,
        url: path,
        exposeHeadRoute: false,
        config: { scopes: route.scopes, signatures: route.signatures },
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
  const by = actorOf(request.caller, `http ${plainAddress(request.socket.remoteAddress)}`.slice(0, NAME_MAX));
  const response = await route.handle(parsed.data, by, { caller: request.caller, reply });
  if (route.changes)
    log.info(
      { requestId: request.id, method: route.method, route: route.paths[0], ...by },
      'changed by hand',
    );
  if (route.answerStatus !== undefined) reply.code(route.answerStatus);
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

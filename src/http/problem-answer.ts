/** Errors on their way out: all of them leave the server through here. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../admission/ports.js';
import { PROBLEM_TYPE, type Problem } from './problem.js';
import { problem, problemOf } from './status.js';

/**
 * The embedded store restarts, and PostgreSQL is tried again, within about a second; who could not say who they are too
 * often may try again after six.
 */
const RETRY_AFTER_S: Readonly<Record<number, number>> = { 503: 1, 429: 6 };

export function sendProblem(reply: FastifyReply, sent: Problem): FastifyReply {
  const retryAfterS = RETRY_AFTER_S[sent.status];
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  // RFC 9110, section 11.6.1: a 401 says how to do better (RFC 6750).
  if (sent.status === 401) reply.header('www-authenticate', 'Bearer');
  // As bytes: Fastify would add to the content type of anything else.
  return reply
    .code(sent.status)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(sent)));
}

/** What is thrown, as an answer; what is a defect of ours is logged. */
export function answerError(error: unknown, requestId: string, reply: FastifyReply, log: Log): FastifyReply {
  const answer = problemOf(error);
  if (answer.status === 500) log.error({ err: error, requestId }, 'a request failed');
  return sendProblem(reply, answer);
}

export function serveProblems(server: FastifyInstance, log: Log): void {
  server.setErrorHandler((error, request, reply) => answerError(error, request.id, reply, log));
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'nothing is served at this path; GET / lists what is')),
  );
}

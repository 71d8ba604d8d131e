/** A route of the API: what it takes and gives as schemas, from which requests are validated and the document is made. */
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Actor, Scope } from '../admission/access.js';

type RouteError = 404 | 409 | 503;

interface RouteWith<Input extends z.ZodObject, Answer extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The first is the one to use; the others are names that it had before. */
  readonly paths: readonly [string, ...string[]];
  readonly summary: string;
  readonly description?: string;
  /** One of these is needed; none: everybody may ask. */
  readonly scopes: readonly Scope[];
  /** True if a request changes what others see: the log says who did. */
  readonly changes?: boolean;
  /** Of `params`, `query`, `headers` and `body`, those that it takes. */
  readonly input: Input;
  readonly answer: Answer;
  /** Absent for JSON. Of a stream, `answer` is what one event holds. */
  readonly answerType?: 'text/event-stream';
  /** Errors besides those that every route has. */
  readonly errors: readonly RouteError[];
  /** @param reply for a route that answers by itself: it hijacks the reply, and returns ANSWERED_ITSELF. */
  handle(input: z.output<Input>, by: Actor, reply: FastifyReply): z.input<Answer> | Promise<z.input<Answer>>;
}

export type Route = RouteWith<z.ZodObject, z.ZodType>;

/** Nothing is sent for it. */
export const ANSWERED_ITSELF = undefined as never;

/** Checks the types of a route by its schemas. */
export function route<Input extends z.ZodObject, Answer extends z.ZodType>(
  definition: RouteWith<Input, Answer>,
): Route {
  return definition as unknown as Route;
}

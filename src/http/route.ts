/** A route of the API: what it takes and gives as schemas, from which requests are validated and the document is made. */
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Actor, Caller, Scope } from '../admission/access.js';
import type { RequestSignatures } from '../admission/webhook-ports.js';

/** Where the API for carriers is. */
export const CARRIER_PREFIX = '/api/v1/fraud';

type RouteError = 404 | 409 | 503;

/** The areas of the API, as its document groups them. */
export const TAGS = {
  calls: 'Verdicts on calls, one by one and in batches.',
  carrier: 'What switches of a carrier tell of calls that go on meanwhile, and what they ask.',
  alerts: 'Attacks: to find them, look into them and settle them.',
  monitoring: 'What goes on now, and what this sidecar has done.',
  policies: 'How strictly calls are judged, why, and whether at all.',
  allowlist: 'Calls that are allowed whatever the rule says. They stay out of the window.',
  blocks: 'Which A-numbers may not call which B-numbers.',
  webhooks: 'Where the news of alerts is sent, and what could not be delivered.',
  access: 'Who may ask what, and who changed what.',
  sidecar: 'The sidecar itself.',
} as const;

export type Tag = keyof typeof TAGS;

interface RouteWith<Input extends z.ZodObject, Answer extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The first is the one to use; the others are names that it had before. */
  readonly paths: readonly [string, ...string[]];
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** One of these is needed; none: everybody may ask. */
  readonly scopes: readonly Scope[];
  /** Where requests are signed; in the place of scopes. */
  readonly signatures?: RequestSignatures;
  /** True if a request changes what others see: the log says who did. */
  readonly changes?: boolean;
  /** Of `params`, `query`, `headers` and `body`, those that it takes. */
  readonly input: Input;
  readonly answer: Answer;
  /** Absent for 200. 202: what was asked for goes on after the answer. */
  readonly answerStatus?: 202;
  /** Absent for JSON. Of a stream, `answer` is what one event holds. */
  readonly answerType?: 'text/event-stream';
  /** Errors besides those that every route has. */
  readonly errors: readonly RouteError[];
  handle(input: z.output<Input>, by: Actor, exchange: Exchange): z.input<Answer> | Promise<z.input<Answer>>;
}

/** Who asks, and the answer on its way. */
export interface Exchange {
  readonly caller: Caller;
  /** For a route that answers by itself: it hijacks the reply, and returns ANSWERED_ITSELF. */
  readonly reply: FastifyReply;
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

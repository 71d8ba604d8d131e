/** POST /acm/call and /acm/calls/batch. */
import { z } from 'zod';
import type { Log } from '../admission/ports.js';
import { CallHandler, type CallHandlerParts } from './call-handler.js';
import { batchAnswerSchema, callBatchSchema, callEventSchema, callVerdictSchema } from './call-schemas.js';
import { InvalidRequestError } from './invalid-request.js';
import { type Route, route } from './route.js';
import { problemOf } from './status.js';

type BatchResult = z.infer<typeof batchAnswerSchema>['results'][number];

export function callRoutes(parts: CallHandlerParts, log: Log): Route[] {
  const calls = new CallHandler(parts);
  return [
    route({
      method: 'POST',
      paths: ['/acm/call', '/event'],
      tag: 'calls',
      summary: 'Check one call',
      scopes: ['check', 'events:write'],
      description:
        'Records a call attempt and says what to do with it; or ends a call, if its status says so.',
      input: z.object({ body: callEventSchema }),
      answer: callVerdictSchema,
      errors: [],
      handle: ({ body }) => calls.handle(body),
    }),
    route({
      method: 'POST',
      paths: ['/acm/calls/batch', '/events/batch'],
      tag: 'calls',
      summary: 'Check many calls',
      scopes: ['check', 'events:write'],
      description:
        'Each is checked as POST /acm/call checks it. One that is wrong has its error in its place.',
      input: z.object({ body: callBatchSchema }),
      answer: batchAnswerSchema,
      errors: [],
      handle({ body }) {
        const results = body.events.map((event) => handleOne(calls, event, log));
        return {
          processed: results.filter((result) => !('error' in result)).length,
          detected: results.filter((result) => 'detected' in result && result.detected).length,
          results,
        };
      },
    }),
  ];
}

function handleOne(calls: CallHandler, event: unknown, log: Log): BatchResult {
  try {
    const parsed = callEventSchema.safeParse(event);
    if (!parsed.success) throw new InvalidRequestError(parsed.error.issues.map(inBody));
    return calls.handle(parsed.data);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 500) log.error({ err: error }, 'a call of a batch failed');
    return { error: problem };
  }
}

/** A complaint's path begins with the part of the request that it is about. */
function inBody(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  return { ...issue, path: ['body', ...issue.path] };
}

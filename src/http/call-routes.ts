/** POST /acm/call and /acm/calls/batch. */
import { z } from 'zod';
import type { Log } from '../admission/ports.js';
import { CallHandler, type CallHandlerParts } from './call-handler.js';
import {
  batchAnswerSchema,
  callBatchSchema,
  callEventSchema,
  callVerdictSchema,
  eventsOf,
} from './call-schemas.js';
import { checkedItem } from './invalid-request.js';
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
        const results = eventsOf(body).map((event) => handleOne(calls, event, log));
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
    return calls.handle(checkedItem(callEventSchema, event));
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 500) log.error({ err: error }, 'a call of a batch failed');
    return { error: problem };
  }
}

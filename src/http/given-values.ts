/** Values that many requests take: times, numbers, reasons, pages. What is wrong with one is said in its place. */
import { z } from 'zod';
import { NUMBER_MAX } from '../admission/call-attempt.js';
import { isRecordable, REASON_MAX } from '../admission/rule-input.js';
import { InvalidFieldError } from '../errors.js';

const CURSOR_MAX = 512;
/** Most rules in one answer: to write out 1,000 would hold up the checks of calls for more than a millisecond. */
export const RULES_PAGE_MAX = 500;

/** RFC 3339 with any offset. */
export const givenTime = z.iso
  .datetime({ offset: true, error: 'takes a time as RFC 3339 has it, such as 2026-11-22T03:14:07Z' })
  .transform((text) => new Date(text))
  .refine(isRecordable, { error: 'is not a time of the years 1 to 9999' })
  .meta({ format: 'date-time', examples: ['2026-11-29T03:14:07Z'] });

export function givenNumber(description: string) {
  return z
    .string()
    .min(1)
    .max(NUMBER_MAX)
    .meta({ description, examples: ['+2348099999999'] });
}

export const givenReason = z.string().max(REASON_MAX).default('').meta({ description: 'Why.' });

/** Which page of a list, for the query. */
export function givenPage(limitMax: number) {
  return {
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(limitMax)
      .default(100)
      .meta({ description: 'Most items in the answer.' }),
    after: z.string().max(CURSOR_MAX).default('').meta({ description: '`next` of the answer before.' }),
  };
}

/** Lets admission judge a value of which it knows more than a schema can say. */
export function judge(check: () => unknown, context: z.RefinementCtx): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidFieldError)) throw error;
    context.addIssue({ code: 'custom', path: [error.field], message: error.complaint });
  }
}

/** Wants exactly one field of an object, and lets admission judge it. */
export function exactlyOne<T extends object>(check: (value: T) => unknown) {
  return (value: T, context: z.RefinementCtx): void => {
    const given = Object.values(value).filter((each) => each !== undefined);
    if (given.length === 1) judge(() => check(value), context);
    else context.addIssue({ code: 'custom', message: 'takes exactly one of its fields' });
  };
}

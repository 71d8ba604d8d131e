/** Problem details (RFC 9457): how every error of this server looks. */
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

export const problemSchema = z
  .object({
    type: z.literal('about:blank').meta({ description: 'The status says what kind of problem it is.' }),
    title: z.string().meta({ description: 'What the status means.', examples: ['Unprocessable Entity'] }),
    status: z.int().min(400).max(599).meta({ description: 'The HTTP status again.' }),
    detail: z.string().meta({
      description: 'What is wrong, in words.',
      examples: ['b_number: is empty; who is called?'],
    }),
    errors: z
      .array(z.object({ field: z.string(), detail: z.string() }))
      .readonly()
      .optional()
      .meta({
        description: 'With 422: each field that is wrong, at most 20.',
        examples: [[{ field: 'b_number', detail: 'is empty; who is called?' }]],
      }),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457.' });

export type Problem = z.infer<typeof problemSchema>;

/** /acm/blocks: which A-numbers may not call which B-numbers. */
import { z } from 'zod';
import { present } from '../admission/present-fields.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import { answeredPage, answeredTime, nextOf } from './answered-values.js';
import {
  blockBody,
  blockExpirySchema,
  blockQuerySchema,
  blockSchema,
  newBlockOf,
  newBlocksSchema,
  pairSchema,
} from './block-schemas.js';
import { type Route, route } from './route.js';

export type BlockDesk = Pick<RuleDesk, 'listBlocks' | 'block' | 'removeBlock' | 'expireBlock'>;

const changedPair = { success: z.literal(true), a_number: z.string(), b_number: z.string() };

export function blockRoutes(rules: BlockDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/blocks'],
      tag: 'blocks',
      summary: 'List the blocks in force, the newest first',
      scopes: ['policy:read'],
      input: z.object({ query: blockQuerySchema }),
      answer: z.object({ ...answeredPage, blocks: z.array(blockSchema) }),
      errors: [503],
      async handle({ query: { a_number: aNumber, b_number: bNumber, ...page } }) {
        const found = await rules.listBlocks({ ...page, ...present({ aNumber, bNumber }) });
        return { count: found.items.length, blocks: found.items.map(blockBody), next: nextOf(found) };
      },
    }),
    route({
      method: 'POST',
      paths: ['/acm/blocks'],
      tag: 'blocks',
      summary: 'Block pairs of numbers, all or none',
      description:
        'They are in force here with the answer. A pair that is blocked already is blocked on the new terms.',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ body: newBlocksSchema }),
      answer: z.object({
        count: z.int(),
        blocks: z
          .array(blockSchema)
          .meta({ description: 'As they are stored, in the order of the request.' }),
      }),
      errors: [503],
      async handle({ body }, by) {
        const blocks = await rules.block(body.blocks.map(newBlockOf), by);
        return { count: blocks.length, blocks: blocks.map(blockBody) };
      },
    }),
    route({
      method: 'PATCH',
      paths: ['/acm/blocks'],
      tag: 'blocks',
      summary: 'Say anew until when a pair is blocked',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ query: pairSchema, body: blockExpirySchema }),
      answer: z.object({ ...changedPair, expires_at: answeredTime }),
      errors: [404, 503],
      async handle({ query, body: { expires_at: expiresAt } }, by) {
        await rules.expireBlock(query.a_number, query.b_number, expiresAt, by);
        return { success: true as const, ...query, expires_at: expiresAt.toISOString() };
      },
    }),
    route({
      method: 'DELETE',
      paths: ['/acm/blocks'],
      tag: 'blocks',
      summary: 'Let A call B again at once',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ query: pairSchema }),
      answer: z.object(changedPair),
      errors: [404, 503],
      async handle({ query }, by) {
        await rules.removeBlock(query.a_number, query.b_number, by);
        return { success: true as const, ...query };
      },
    }),
  ];
}

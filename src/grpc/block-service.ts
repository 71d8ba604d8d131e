/** BlockService: which A-numbers may not call which B-numbers. */
import { present } from '../admission/present-fields.js';
import { readEach } from '../admission/rule-batch.js';
import type { RuleDesk, NewBlock as WantedBlock } from '../admission/rule-desk.js';
import type { StoredBlock } from '../admission/stored-rules.js';
import type { Block, BlockServiceServer, NewBlock } from '../gen/acm/v1/management.js';
import type { ManagementCalls } from './management-calls.js';
import { filterOf, pageOf, requiredTime } from './request-fields.js';

export function blockService(calls: ManagementCalls, rules: RuleDesk): BlockServiceServer {
  return {
    listBlocks: calls.query('policy:read', async (request) => {
      const numbers = present({ aNumber: filterOf(request.aNumber), bNumber: filterOf(request.bNumber) });
      const { items, next } = await rules.listBlocks({ ...pageOf(request), ...numbers });
      return { blocks: items.map(blockMessage), nextPageToken: next };
    }),
    addBlocks: calls.change('policy:write', async ({ blocks }, by) => {
      const wanted = readEach('blocks', blocks, newBlockOf);
      return { blocks: (await rules.block(wanted, by)).map(blockMessage) };
    }),
    removeBlock: calls.change('policy:write', async ({ aNumber, bNumber }, by) => {
      await rules.removeBlock(aNumber, bNumber, by);
      return {};
    }),
    setBlockExpiry: calls.change('policy:write', async ({ aNumber, bNumber, expiresAt }, by) => {
      await rules.expireBlock(aNumber, bNumber, requiredTime('expires_at', expiresAt), by);
      return {};
    }),
  };
}

/** A pair to block, as it came; whether it may be blocked is the use case's affair. @throws InvalidFieldError */
function newBlockOf({ expiresAt, ...block }: NewBlock): WantedBlock {
  return { ...block, expiresAt: requiredTime('expires_at', expiresAt) };
}

function blockMessage(block: StoredBlock): Block {
  return { ...block };
}

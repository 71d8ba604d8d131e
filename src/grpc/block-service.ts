/** BlockService: which A-numbers may not call which B-numbers. */
import type { RuleDesk, NewBlock as WantedBlock } from '../admission/rule-desk.js';
import { blockableANumber, checkExpiry, checkedNumber, checkReason } from '../admission/rule-input.js';
import type { StoredBlock } from '../admission/stored-rules.js';
import type { Block, BlockServiceServer, NewBlock } from '../gen/acm/v1/management.js';
import type { ManagementCalls } from './management-calls.js';
import { filterOf, pageOf, present, readEach, requiredTime } from './request-fields.js';

export function blockService(calls: ManagementCalls, rules: RuleDesk, now: () => Date): BlockServiceServer {
  return {
    listBlocks: calls.query('policy:read', async (request) => {
      const numbers = present({ aNumber: filterOf(request.aNumber), bNumber: filterOf(request.bNumber) });
      const { items, next } = await rules.listBlocks({ ...pageOf(request), ...numbers });
      return { blocks: items.map(blockMessage), nextPageToken: next };
    }),
    addBlocks: calls.change('policy:write', async ({ blocks }, by) => {
      const at = now();
      const wanted = readEach('blocks', blocks, (block) => newBlockOf(block, at));
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

/**
 * A pair to block, as it came: it is looked at here as well, since the use case cannot say which of many is wrong.
 * @throws InvalidFieldError
 */
function newBlockOf({ aNumber, bNumber, expiresAt, reason }: NewBlock, now: Date): WantedBlock {
  blockableANumber(aNumber);
  checkedNumber('b_number', bNumber);
  const until = requiredTime('expires_at', expiresAt);
  checkExpiry(until, now);
  checkReason(reason);
  return { aNumber, bNumber, expiresAt: until, reason };
}

function blockMessage(block: StoredBlock): Block {
  return { ...block };
}

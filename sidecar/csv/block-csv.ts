/** Blocks as CSV. A block is known by its pair of numbers, so importing a table twice changes nothing. */
import { InvalidFieldError } from '../../src/errors.js';
import type { Block, NewBlock } from '../../src/gen/acm/v1/management.js';
import { type CsvReader, type CsvWriter, numberIn, timeIn } from './csv-table.js';

export const BLOCK_CSV: CsvReader<NewBlock> & CsvWriter<Block> = {
  required: ['a_number', 'b_number', 'expires_at'],
  optional: ['reason'],
  informative: ['author', 'changed_at', 'alert_id'],
  read(row) {
    const expiresAt = timeIn(row, 'expires_at');
    if (expiresAt === undefined) throw new InvalidFieldError('expires_at', 'is empty; a block always ends');
    return {
      aNumber: numberIn(row, 'a_number'),
      bNumber: numberIn(row, 'b_number'),
      expiresAt,
      reason: row['reason'] ?? '',
    };
  },
  write({ aNumber, bNumber, expiresAt, reason, author, changedAt, alertId }) {
    return {
      a_number: aNumber,
      b_number: bNumber,
      expires_at: expiresAt?.toISOString() ?? '',
      reason,
      author,
      changed_at: changedAt?.toISOString() ?? '',
      alert_id: alertId,
    };
  },
};

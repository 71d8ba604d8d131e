/** The audit log as an auditor has it: entries since a point, and the chain followed page by page to the head. */
import { type AuditEntry, AuditWalk } from '../../src/admission/audit-chain.js';
import type { AuditLog } from '../../src/admission/store-ports.js';

const PAGE = 7;

/** What following the whole log finds wrong, as `acm audit verify` does; undefined for nothing. */
export async function faultOf(log: AuditLog): Promise<string | undefined> {
  let walk: AuditWalk | undefined;
  for (let after = ''; ; ) {
    const { items, next, head, droppedTo } = await log.list({ limit: PAGE, after, oldestFirst: true });
    walk ??= new AuditWalk(droppedTo);
    const fault = walk.follow(items);
    if (fault !== undefined) return fault;
    if (next === '') return walk.arriveAt(head);
    after = next;
  }
}

/** What an entry says, but for what ties it to the others. */
export function contentOf({ action, target, before, after }: AuditEntry): object {
  return { action, target, before: JSON.parse(before), after: JSON.parse(after) };
}

/** The entries that the work has made, the oldest first. */
export async function entriesMadeBy(log: AuditLog, work: () => Promise<unknown>): Promise<AuditEntry[]> {
  const head = async (): Promise<number> => (await log.list({ limit: 1, after: '' })).head.entryId;
  const before = await head();
  await work();
  const count = (await head()) - before;
  if (count === 0) return [];
  return (await log.list({ limit: count, after: '' })).items.toReversed();
}

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AUDIT_ACTIONS } from '../../src/admission/audit-chain.js';
import { AuditDesk } from '../../src/admission/audit-desk.js';
import type { AuditQuery } from '../../src/admission/store-ports.js';
import { MemoryAuditLog } from '../support/memory-access.js';

const test = suite('admission/audit-desk');

const PAGE = { limit: 100, after: '' };

function deskOf() {
  const log = new MemoryAuditLog();
  for (const action of AUDIT_ACTIONS) log.note({ action, target: 't', before: null, after: {} });
  return new AuditDesk(log);
}

async function fieldOf(query: AuditQuery): Promise<string> {
  return deskOf()
    .list(query)
    .then(
      () => '',
      ({ field }) => field,
    );
}

test('lists what is asked for, by every action that there is', async () => {
  const desk = deskOf();
  assert.is((await desk.list(PAGE)).items.length, AUDIT_ACTIONS.length);
  for (const action of AUDIT_ACTIONS) {
    const { items } = await desk.list({ ...PAGE, action });
    assert.equal(
      items.map((each) => each.action),
      [action],
    );
  }
});

test('names the filter that it cannot use', async () => {
  assert.is(await fieldOf({ ...PAGE, action: 'policy.forget' }), 'action');
  assert.is(await fieldOf({ ...PAGE, actor: 'a'.repeat(301) }), 'actor');
  assert.is(await fieldOf({ ...PAGE, actor: 'a\0' }), 'actor');
  assert.is(await fieldOf({ ...PAGE, target: 't'.repeat(301) }), 'target');
  assert.is(await fieldOf({ ...PAGE, limit: 1_001 }), 'limit');
  assert.is(await fieldOf({ ...PAGE, limit: 0 }), 'limit');
  assert.is(await fieldOf({ ...PAGE, after: 'p'.repeat(513) }), 'after');
  assert.is(await fieldOf({ ...PAGE, actor: 'a'.repeat(300), target: 't'.repeat(300) }), '');
});

test.run();

/** AllowlistService and BlockService: what they share is tested on both. */
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from '../support/grpc-detection.js';
import { ManagementClient, type Message, timeOf, timestamp } from '../support/grpc-management.js';
import { type ManagementServer, startManagementServer } from '../support/management-server.js';

const test = suite('grpc/rule-lists');

let server: ManagementServer;
let client: ManagementClient;

test.before.each(async () => {
  server = await startManagementServer();
  client = new ManagementClient(server.address);
});

test.after.each(async () => {
  client.close();
  await server.stop();
});

const allowlist = (method: string, request: object = {}): Promise<Message> =>
  client.ask('AllowlistService', method, request);
const blocks = (method: string, request: object = {}): Promise<Message> =>
  client.ask('BlockService', method, request);

const ID = 'B7E23EC2-9D6A-4D0B-8D8E-4F2C2E0C6A01';
const soon = timestamp(new Date(Date.now() + 3_600_000));
const past = timestamp(new Date(Date.now() - 1_000));
const block = (place: number) => ({ a_number: `+23480${place}`, b_number: '+234809', expires_at: soon });

test('adds entries of every kind, and lists them as they are stored', async () => {
  const scopes = [
    { b_number: '+234 809' },
    { b_prefix: '+2348' },
    { a_prefix: '00447' },
    { source: '192.0.2.0/24' },
    { trunk: 'lagos' },
  ];
  const { entries } = await allowlist('AddAllowlistEntries', {
    author: 'ada',
    entries: scopes.map((scope) => ({ scope, reason: 'a hotline' })),
  });
  assert.equal(
    entries.map(({ scope }: Message) => [scope.scope, scope[scope.scope]]),
    [
      ['b_number', '234809'],
      ['b_prefix', '2348'],
      ['a_prefix', '447'],
      ['source', '192.0.2.0/24'],
      ['trunk', 'lagos'],
    ],
  );
  assert.is(entries[0].expires_at, null);
  const listed = (await allowlist('ListAllowlistEntries')).entries;
  assert.equal(
    new Set(listed.map(({ entry_id }: Message) => entry_id)),
    new Set(entries.map(({ entry_id }: Message) => entry_id)),
  );
});

test('replaces the entry that has the same id', async () => {
  const add = (trunk: string) =>
    allowlist('AddAllowlistEntries', { author: 'ada', entries: [{ entry_id: ID, scope: { trunk } }] });
  await add('lagos');
  await add('abuja');
  const { entries } = await allowlist('ListAllowlistEntries');
  assert.is(entries.length, 1);
  assert.is(entries[0].entry_id, ID.toLowerCase());
  assert.is(entries[0].scope.trunk, 'abuja');
});

test('prolongs and removes an entry by its id', async () => {
  await allowlist('AddAllowlistEntries', {
    author: 'ada',
    entries: [{ entry_id: ID, scope: { trunk: 't' } }],
  });
  await allowlist('SetAllowlistExpiry', { entry_id: ID, author: 'ada', expires_at: soon });
  assert.equal(timeOf((await allowlist('ListAllowlistEntries')).entries[0].expires_at), timeOf(soon));
  await allowlist('SetAllowlistExpiry', { entry_id: ID, author: 'ada' });
  assert.is((await allowlist('ListAllowlistEntries')).entries[0].expires_at, null);
  await allowlist('RemoveAllowlistEntry', { entry_id: ID, author: 'ada' });
  const again = await failureOf(allowlist('RemoveAllowlistEntry', { entry_id: ID, author: 'ada' }));
  assert.is(again.code, status.NOT_FOUND);
});

test('blocks pairs, prolongs and lifts blocks, and finds them by either number', async () => {
  const added = await blocks('AddBlocks', { author: 'ada', blocks: [block(1), block(2)] });
  assert.equal(
    added.blocks.map(({ a_number, b_number }: Message) => [a_number, b_number]),
    [
      ['234801', '234809'],
      ['234802', '234809'],
    ],
  );
  assert.is((await blocks('ListBlocks', { b_number: '+234809' })).blocks.length, 2);
  assert.is((await blocks('ListBlocks', { a_number: '00234801' })).blocks.length, 0);
  assert.is((await blocks('ListBlocks', { a_number: '234801' })).blocks.length, 1);
  const pair = { a_number: '+234801', b_number: '234809', author: 'ada' };
  const tomorrow = timestamp(new Date(Date.now() + 86_400_000));
  await blocks('SetBlockExpiry', { ...pair, expires_at: tomorrow });
  const [found] = (await blocks('ListBlocks', { a_number: '234801' })).blocks;
  assert.equal(timeOf(found.expires_at), timeOf(tomorrow));
  await blocks('RemoveBlock', pair);
  assert.is((await failureOf(blocks('RemoveBlock', pair))).code, status.NOT_FOUND);
});

test('writes all of a list or nothing, and names the place of what is wrong', async () => {
  const wrong: readonly [Promise<Message>, string][] = [
    [
      blocks('AddBlocks', { author: 'ada', blocks: [block(1), { ...block(2), a_number: 'Anonymous' }] }),
      'blocks[1].a_number: is anonymous: a block would be one of all anonymous callers',
    ],
    [
      blocks('AddBlocks', { author: 'ada', blocks: [block(1), { ...block(2), b_number: '' }] }),
      'blocks[1].b_number: is empty',
    ],
    [
      blocks('AddBlocks', { author: 'ada', blocks: [block(1), block(2), { ...block(3), expires_at: past }] }),
      'blocks[2].expires_at: has passed already',
    ],
    [
      blocks('AddBlocks', {
        author: 'ada',
        blocks: [{ ...block(1), expires_at: { seconds: 253_402_300_800 } }],
      }),
      'blocks[0].expires_at: is not a time of the years 1 to 9999',
    ],
    [
      blocks('AddBlocks', { author: 'ada', blocks: [{ ...block(1), expires_at: undefined }] }),
      'blocks[0].expires_at: is missing',
    ],
    [
      allowlist('AddAllowlistEntries', { author: 'ada', entries: [{ scope: { trunk: 't' } }, {}] }),
      'entries[1].scope: is missing; which calls does it cover?',
    ],
    [
      allowlist('AddAllowlistEntries', { author: 'ada', entries: [{ scope: { source: '192.0.2.0/33' } }] }),
      'entries[0].source: takes an address or a CIDR range, such as 192.0.2.0/24',
    ],
    [
      allowlist('AddAllowlistEntries', {
        author: 'ada',
        entries: [{ scope: { trunk: 't' }, entry_id: '7' }],
      }),
      'entries[0].entry_id: is not a UUID',
    ],
    [allowlist('RemoveAllowlistEntry', { author: 'ada', entry_id: '7' }), 'entry_id: is not a UUID'],
    [blocks('SetBlockExpiry', { author: 'ada', a_number: '1', b_number: '2' }), 'expires_at: is missing'],
  ];
  const failures = await Promise.all(wrong.map(([call]) => failureOf(call)));
  assert.equal(
    failures,
    wrong.map(([, details]) => ({ code: status.INVALID_ARGUMENT, details })),
  );
  assert.equal((await blocks('ListBlocks')).blocks, []);
  assert.equal((await allowlist('ListAllowlistEntries')).entries, []);
});

test('takes 1 to 1,000 at a time', async () => {
  const many = Array.from({ length: 1_001 }, (_, i) => block(i));
  for (const [list, complaint] of [
    [[], 'blocks: is empty'],
    [many, 'blocks: has 1001 items; at most 1000 are allowed'],
  ] as const)
    assert.is((await failureOf(blocks('AddBlocks', { author: 'ada', blocks: list }))).details, complaint);
  assert.is((await blocks('AddBlocks', { author: 'ada', blocks: many.slice(1) })).blocks.length, 1_000);
  assert.is((await blocks('ListBlocks', { page_size: 1_000 })).blocks.length, 1_000);
});

test('wants to know who adds and who removes', async () => {
  const calls = [
    blocks('AddBlocks', { blocks: [block(1)] }),
    blocks('RemoveBlock', { a_number: '1', b_number: '2' }),
    allowlist('RemoveAllowlistEntry', { entry_id: ID }),
    allowlist('SetAllowlistExpiry', { entry_id: ID, author: 'x'.repeat(65) }),
  ];
  for (const { details } of await Promise.all(calls.map(failureOf))) assert.match(details, /^author: /);
});

test.run();

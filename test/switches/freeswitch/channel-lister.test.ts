import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchFigures } from '../../../src/admission/switch-figures.js';
import { Trunks } from '../../../src/admission/trunks.js';
import { attemptOf } from '../../../src/switches/freeswitch/channel-attempt.js';
import { readJsonChannel } from '../../../src/switches/freeswitch/channel-data.js';
import { ChannelLister } from '../../../src/switches/freeswitch/channel-lister.js';
import { LiveChannels } from '../../../src/switches/freeswitch/live-channels.js';
import { channelFields } from '../../support/freeswitch/channel-fields.js';

const listing = suite('switches/freeswitch/channel-lister');

const DATE_MS = Date.UTC(2026, 0, 1);
const TRUNKS = new Trunks([], '608', '');

function row(uuid: string, more: Record<string, string> = {}) {
  const created_epoch = String(DATE_MS / 1_000 - 90);
  return { uuid, direction: 'inbound', callstate: 'RINGING', created_epoch, ...more };
}

/** A lister of what `answer` says, and what it has asked and told. */
function startLister(answer: (command: string) => string) {
  const nowMs = { value: 0 };
  const asked: string[] = [];
  const gone: string[] = [];
  const channels = new LiveChannels(() => nowMs.value);
  const figures = new SwitchFigures('freeswitch');
  const lister = new ChannelLister({
    socket: {
      send(command) {
        asked.push(command);
        return Promise.resolve(answer(command));
      },
    },
    channels,
    trunks: TRUNKS,
    switchId: 'fs-1',
    figures,
    gone(uuid) {
      gone.push(uuid);
      channels.end(uuid);
    },
    dateMs: () => DATE_MS,
  });
  const know = (uuid: string): void => {
    const field = readJsonChannel(JSON.stringify(channelFields({ 'Unique-ID': uuid })))!;
    channels.add(uuid, attemptOf(field, `c-${uuid}`, 'fs-1', TRUNKS));
  };
  return { lister, channels, figures, nowMs, asked, gone, know };
}

function dumpOf(command: string): string {
  const uuid = command.split(' ')[2]!;
  return JSON.stringify(channelFields({ 'Unique-ID': uuid, variable_sip_call_id: `c-${uuid}` }));
}

listing('lists what FreeSWITCH has, and asks for details of what no event has told of', async () => {
  const rows = [
    row('known', { callstate: 'ACTIVE' }),
    row('unknown'),
    row('leg-b', { direction: 'outbound' }),
    row('a b'),
  ];
  const { lister, asked, know } = startLister((command) =>
    command.startsWith('api show') ? JSON.stringify({ row_count: rows.length, rows }) : dumpOf(command),
  );
  know('known');
  const { calls, complete } = await lister.listCalls();
  assert.ok(complete);
  assert.equal(asked, ['api show channels as json', 'api uuid_dump unknown json']);
  assert.equal(
    calls.map(({ callId, fromTag, state, ageMs }) => [callId, fromTag, state, ageMs]),
    [
      ['c-known', '', 'answered', 90_000],
      ['c-unknown', '', 'ringing', 90_000],
    ],
  );
});

listing('takes an empty list, which has no rows, and ends what is not in it', async () => {
  const { lister, nowMs, gone, know } = startLister(() => '{"row_count":0}');
  know('old');
  nowMs.value = 6_000;
  know('new');
  assert.equal(await lister.listCalls(), { calls: [], complete: true });
  assert.equal(gone, ['old'], 'FreeSWITCH writes its list a little late');
});

listing('leaves out channels whose hangup is heard while the list is made', async () => {
  const { lister, channels } = startLister((command) => {
    if (command.startsWith('api show'))
      return JSON.stringify({ rows: ['u1', 'u2', 'u3'].map((uuid) => row(uuid)) });
    if (command.includes('u2')) channels.end('u2');
    return command.includes('u3') ? '-ERR No such channel!\n' : dumpOf(command);
  });
  const { calls } = await lister.listCalls();
  assert.equal(
    calls.map(({ callId }) => callId),
    ['c-u1'],
  );
});

listing('says so where there are more than it asks for', async () => {
  const rows = Array.from({ length: 5_001 }, (_, index) => row(`u${index}`));
  const { lister } = startLister((command) =>
    command.startsWith('api show') ? JSON.stringify({ rows }) : dumpOf(command),
  );
  const { calls, complete } = await lister.listCalls();
  assert.is(calls.length, 5_000);
  assert.not(complete);
});

listing('makes one list for all who ask at the same time', async () => {
  const { lister, asked } = startLister(() => '{"row_count":0}');
  const [one, other] = await Promise.all([lister.listCalls(), lister.listCalls()]);
  assert.is(one, other);
  assert.is(asked.length, 1);
  await lister.listCalls();
  assert.is(asked.length, 2);
});

listing('complains of an answer that it cannot understand, and counts a channel that it cannot', async () => {
  for (const answer of ['-ERR', '[]', '{"rows":[{"uuid":1}]}', '']) {
    const complaint = await startLister(() => answer)
      .lister.listCalls()
      .catch(String);
    assert.match(complaint as string, 'does not list its channels', answer);
  }
  const { lister, figures } = startLister((command) =>
    command.startsWith('api show') ? JSON.stringify({ rows: [row('u1')] }) : 'nonsense',
  );
  assert.equal((await lister.listCalls()).calls, []);
  assert.is(figures.dropped('malformed'), 1);
});

listing.run();

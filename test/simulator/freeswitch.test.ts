import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulatedFreeswitch } from '../../src/simulator/freeswitch.js';
import { SocketClient } from './socket-client.js';

const test = suite('simulator/freeswitch');

const PLAN = {
  aNumber: '+2348030000001',
  bNumber: '+2348099999999',
  sourceIp: '192.0.2.7',
  callId: 'c1',
  fromTag: 't1',
};
const CHANNEL_EVENTS = 'event json CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB';

let freeswitch: SimulatedFreeswitch;
let clients: SocketClient[];

test.before.each(async () => {
  clients = [];
  freeswitch = await SimulatedFreeswitch.start({ port: 0 });
});

test.after.each(async () => {
  for (const client of clients) client.close();
  await freeswitch.stop();
});

async function login(): Promise<SocketClient> {
  const client = await SocketClient.login(freeswitch.port);
  clients.push(client);
  return client;
}

async function listen(): Promise<SocketClient> {
  const client = await login();
  assert.is(await client.ask(CHANNEL_EVENTS), '+OK event listener enabled json');
  return client;
}

const namesOf = (events: readonly Record<string, string>[]): string[] =>
  events.map((event) => `${event['Event-Name']} ${event['Call-Direction']}`);

test('asks for a password, and takes the right one', async () => {
  const client = await SocketClient.connect(freeswitch.port);
  clients.push(client);
  assert.is(await client.ask('auth ClueCon'), '+OK accepted');
  assert.is(await client.ask('api uuid_exists 1'), 'false');
});

test('refuses a wrong password, says goodbye and hangs up', async () => {
  const client = await SocketClient.connect(freeswitch.port);
  clients.push(client);
  assert.is(await client.ask('auth wrong'), '-ERR invalid');
  assert.match((await client.next('text/disconnect-notice')).body, /^Disconnected, goodbye\./);
  await client.end();
});

test('obeys nobody who has not logged in', async () => {
  const call = freeswitch.board.place(PLAN);
  const client = await SocketClient.connect(freeswitch.port);
  clients.push(client);
  for (const command of [`api uuid_kill ${call.a.uuid}`, 'event json ALL', 'bgapi status', 'foo'])
    assert.is(await client.ask(command), '-ERR command not found');
  assert.is(freeswitch.board.size, 2);
});

test('tells of both legs of a call, with what identifies them', async () => {
  const client = await listen();
  const call = freeswitch.board.place(PLAN);
  const [a, b] = await client.events(2);
  assert.equal(namesOf([a, b]), ['CHANNEL_CREATE inbound', 'CHANNEL_CREATE outbound']);
  const expected = {
    'Unique-ID': call.a.uuid,
    'Channel-Call-UUID': call.a.uuid,
    'Caller-Caller-ID-Number': PLAN.aNumber,
    'Caller-Destination-Number': PLAN.bNumber,
    'Caller-Network-Addr': '192.0.2.7',
    'Answer-State': 'ringing',
    variable_sip_call_id: 'c1',
    variable_sip_from_tag: 't1',
    variable_sip_from_user: PLAN.aNumber,
    variable_sip_network_ip: '192.0.2.7',
  };
  for (const [name, value] of Object.entries(expected)) assert.is(a[name], value, name);
  assert.is(a['Other-Leg-Unique-ID'], undefined);
  assert.is(b['Other-Leg-Unique-ID'], call.a.uuid);
  assert.is(b['Channel-Call-UUID'], call.a.uuid);
  assert.is(b['Caller-Destination-Number'], '%2B2348099999999');
  assert.is(b['variable_sip_call_id'], undefined, 'a callee who has not answered has no Call-ID');
});

test("the callee's leg is answered first, and then has a Call-ID of its own", async () => {
  const client = await listen();
  const call = freeswitch.board.place(PLAN);
  freeswitch.board.answer(call);
  const [b, a] = (await client.events(4)).slice(2);
  assert.equal(namesOf([b, a]), ['CHANNEL_ANSWER outbound', 'CHANNEL_ANSWER inbound']);
  assert.is(a['Answer-State'], 'answered');
  assert.type(b['variable_sip_call_id'], 'string');
  assert.is.not(b['variable_sip_call_id'], 'c1');
});

test('a kill is acknowledged first; then both legs end, each with its own cause', async () => {
  const client = await listen();
  const call = freeswitch.board.place(PLAN);
  freeswitch.board.answer(call);
  await client.events(4);
  assert.is(await client.ask(`api uuid_kill ${call.a.uuid} CALL_REJECTED`), '+OK\n');
  const [a, b] = await client.events(2);
  assert.equal(namesOf([a, b]), ['CHANNEL_HANGUP_COMPLETE inbound', 'CHANNEL_HANGUP_COMPLETE outbound']);
  assert.equal(
    [a, b].map((event) => [
      event['Hangup-Cause'],
      event['variable_hangup_cause_q850'],
      event['variable_sip_hangup_disposition'],
    ]),
    [
      ['CALL_REJECTED', '21', 'send_bye'],
      ['NORMAL_CLEARING', '16', 'send_bye'],
    ],
  );
  assert.is(freeswitch.board.size, 0);
  assert.is(await client.ask(`api uuid_kill ${call.a.uuid}`), '-ERR No such channel!\n');
});

test('a call that rings is refused by a transfer to the answer, and the callee is cancelled', async () => {
  const client = await listen();
  const call = freeswitch.board.place(PLAN);
  await client.events(2);
  const job = await client.ask(`bgapi uuid_transfer ${call.a.uuid} 'respond:608 Rejected' inline`);
  const [done, b, a] = await client.events(3);
  assert.is(done['Event-Name'], 'BACKGROUND_JOB');
  assert.is(`+OK Job-UUID: ${done['Job-UUID']}`, job);
  assert.is(done['_body'], '+OK\n');
  assert.equal(
    [a, b].map((event) => [event['Hangup-Cause'], event['variable_sip_hangup_disposition']]),
    [
      ['CALL_REJECTED', 'send_refuse'],
      ['ORIGINATOR_CANCEL', 'send_cancel'],
    ],
  );
});

test('a background job may bring its own name, and its failure is in its body', async () => {
  const client = await listen();
  client.socket.write('bgapi uuid_kill nobody\nJob-UUID: mine\n\n');
  assert.is((await client.next('command/reply')).headers['Job-UUID'], 'mine');
  const [done] = await client.events(1);
  assert.equal([done['Job-UUID'], done['_body']], ['mine', '-ERR No such channel!\n']);
});

test('lists channels, none without rows', async () => {
  const client = await login();
  assert.is(await client.ask('api show channels as json'), '{"row_count": 0}\n');
  const call = freeswitch.board.place(PLAN);
  const { row_count, rows } = JSON.parse(await client.ask('api show channels as json'));
  assert.is(row_count, 2);
  assert.equal(
    rows.map((row: Record<string, string>) => [
      row['uuid'],
      row['direction'],
      row['call_uuid'],
      row['callstate'],
    ]),
    [
      [call.a.uuid, 'inbound', call.a.uuid, 'RINGING'],
      [call.b.uuid, 'outbound', call.a.uuid, 'RINGING'],
    ],
  );
  assert.match(await client.ask('api show channels'), /^uuid,direction,.*\n\n2 total\.\n$/s);
});

test('shows a channel and its variables', async () => {
  const client = await login();
  const { a } = freeswitch.board.place(PLAN);
  const dumped = JSON.parse(await client.ask(`api uuid_dump ${a.uuid} json`));
  assert.equal([dumped['Event-Name'], dumped['variable_sip_call_id']], ['CHANNEL_DATA', 'c1']);
  assert.match(await client.ask(`api uuid_dump ${a.uuid}`), /^Caller-Destination-Number: %2B2348099999999$/m);
  assert.is(await client.ask(`api uuid_setvar ${a.uuid} sip_reason SIP;cause=608;text="Rejected"`), '+OK\n');
  assert.is(await client.ask(`api uuid_getvar ${a.uuid} sip_reason`), 'SIP;cause=608;text="Rejected"');
  assert.is(await client.ask(`api uuid_setvar ${a.uuid} sip_reason`), '+OK\n');
  assert.is(await client.ask(`api uuid_getvar ${a.uuid} sip_reason`), '_undef_');
});

test('answers commands that it does not have, and wrong use, as FreeSWITCH does', async () => {
  const client = await login();
  const replies = {
    'api foo bar': '-ERR foo Command not found!\n',
    'api constructor': '-ERR constructor Command not found!\n',
    'api uuid_kill': '-USAGE: <uuid> [cause]\n',
    'api uuid_dump nobody json': '-ERR No such channel!\n',
    'api uuid_transfer nobody x inline': '-ERR No such channel!\n',
    'auth ClueCon': '-ERR command not found',
    api: '-ERR command not found',
    event: '-ERR no keywords supplied',
    'event json': '-ERR no keywords supplied',
    'filter delete': '-ERR invalid syntax',
  };
  for (const [command, reply] of Object.entries(replies)) assert.is(await client.ask(command), reply);
  assert.match(await client.ask('api status'), /^UP 0 years, 0 days, .*\n0 session\(s\) since startup\n/s);
});

test('takes commands in pieces, several at once, and with CR LF', async () => {
  const client = await login();
  for (const piece of [
    '\n\nap',
    'i uuid_ex',
    'ists 1\n',
    '\nAPI uuid_exists 2\r\n\r',
    '\napi uuid_exists 3\n\n',
  ])
    await new Promise<void>((resolve) => client.socket.write(piece, () => setImmediate(resolve)));
  for (let reply = 0; reply < 3; reply++) assert.is((await client.next('api/response')).body, 'false');
});

test('cuts off whoever sends a command without end', async () => {
  const client = await login();
  client.socket.write('x'.repeat(70_000));
  await client.end();
});

test('each client has its own subscription, format and filters', async () => {
  const [json, plain, filtered, mute] = [await login(), await login(), await login(), await login()];
  await json.ask('event json CHANNEL_CREATE');
  await plain.ask('event plain CHANNEL_CREATE');
  await filtered.ask('event json ALL');
  assert.is(
    await filtered.ask('filter Call-Direction outbound'),
    '+OK filter added. [Call-Direction]=[outbound]',
  );
  freeswitch.board.place({ ...PLAN, aNumber: 'Zoë' });
  assert.is((await json.events(2)).length, 2);
  assert.match((await plain.next('text/event-plain')).body, /^variable_sip_from_user: Zo%C3%AB$/m);
  assert.equal(namesOf(await filtered.events(1)), ['CHANNEL_CREATE outbound']);
  await filtered.ask('bgapi status');
  await mute.ask('api status');
  assert.is(
    mute.frames.some(({ headers }) => headers['Content-Type']?.startsWith('text/event')),
    false,
  );
  const seen = filtered.frames.filter(({ headers }) => headers['Content-Type'] === 'text/event-json');
  assert.is(seen.length, 1, 'a job has no direction, so the filter keeps it back');
});

test('sends nothing more after noevents', async () => {
  const client = await listen();
  await client.ask('noevents');
  freeswitch.board.place(PLAN);
  await client.ask('api status');
  assert.is(
    client.frames.some(({ headers }) => headers['Content-Type'] === 'text/event-json'),
    false,
  );
});

test('says goodbye to a client that leaves', async () => {
  const client = await login();
  assert.is(await client.ask('exit'), '+OK bye');
  await client.end();
});

test('a client that does not read loses events, and is cut off after 500', async () => {
  await freeswitch.stop();
  freeswitch = await SimulatedFreeswitch.start({ port: 0, waitingBytesMax: 100_000 });
  const [slow, quick] = [await login(), await login()];
  await slow.ask('event json CHANNEL_CREATE');
  await quick.ask('event json CHANNEL_CREATE');
  slow.socket.pause();
  for (let call = 0; call < 6_000 && freeswitch.clients === 2; call++) {
    freeswitch.board.place(PLAN);
    if (call % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  slow.socket.resume();
  await slow.end();
  assert.ok(freeswitch.eventsLost > 500, `${freeswitch.eventsLost} events lost`);
  assert.is(quick.ended, false);
});

test.run();

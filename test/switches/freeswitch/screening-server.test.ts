import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Trunks } from '../../../src/admission/trunks.js';
import { FreeswitchScreeningServer } from '../../../src/switches/freeswitch/screening-server.js';
import { AdmissionFixture } from '../../admission/admission-fixture.js';
import { handedOver } from '../../support/freeswitch/channel-fields.js';
import { until } from '../../support/until.js';

interface Setting {
  admission: AdmissionFixture;
  server: FreeswitchScreeningServer;
}

const test = suite<Setting>('switches/freeswitch/screening-server');

test.before.each(async (setting) => {
  setting.admission = new AdmissionFixture();
  setting.server = new FreeswitchScreeningServer({
    host: '127.0.0.1',
    port: 0,
    switchId: 'fs-1',
    trunks: new Trunks([], '608', ''),
  });
  await setting.server.start(setting.admission.intake);
});
test.after.each(({ server }) => server.stop());

/** FreeSWITCH's side of one call: answers as it does, and keeps the commands. */
class HandedCall {
  readonly commands: string[] = [];
  readonly #socket: Socket;
  closed = false;

  /** @param guards how many scheduled transfers there are to be removed. */
  constructor(port: number, fields: Record<string, string>, guards = 1) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.closed = true;
    });
    this.#socket.on('data', (chunk) => {
      for (const command of chunk.toString().split('\n\n').filter(Boolean))
        this.#take(command, fields, guards);
    });
  }

  #take(command: string, fields: Record<string, string>, guards: number): void {
    this.commands.push(command);
    const deleted = `+OK Deleted: ${guards}\n`;
    if (command === 'connect') this.say(handedOver(fields));
    else if (command.startsWith('api sched_del'))
      this.say(`Content-Type: api/response\nContent-Length: ${deleted.length}\n\n${deleted}`);
    else if (command === 'exit' || command.includes('uuid_transfer')) this.#socket.end();
    else this.say('Content-Type: command/reply\nReply-Text: +OK\n\n');
  }

  say(text: string): void {
    this.#socket.write(text);
  }

  async end(): Promise<string[]> {
    await until(() => this.closed, 'the connection is closed');
    return this.commands;
  }
}

/** Whether it is closed or reset does not matter. */
function closeOf(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

function callFrom(port: number, caller: string, guards?: number): Promise<string[]> {
  const fields = { 'Unique-ID': `u${caller}`, variable_sip_call_id: `c${caller}` };
  return new HandedCall(port, { ...fields, variable_sip_from_user: `+23480300000${caller}` }, guards).end();
}

test('lets a call go on once the guard is away', async ({ server, admission }) => {
  assert.equal(await callFrom(server.port, '1'), [
    'connect',
    'api sched_del u1',
    'api uuid_setvar u1 acm_unscreened false',
    'resume',
    'exit',
  ]);
  assert.is(admission.calls.find('c1', '')?.state, 'ringing');
  assert.equal([server.figures.connections, server.figures.events], [1, 1]);
});

test('rejects the fifth caller with one Reason, and leaves it to FreeSWITCH to close', async ({ server }) => {
  for (const caller of ['1', '2', '3', '4']) await callFrom(server.port, caller);
  assert.equal((await callFrom(server.port, '5')).slice(2), [
    'api uuid_setvar u5 acm_unscreened false',
    'api uuid_setvar u5 sip_reason SIP;cause=608;text="Rejected"',
    'api uuid_setvar u5 disable_q850_reason true',
    'api uuid_setvar u5 sip_bye_h_Reason SIP;cause=608;text="Rejected"',
    "api uuid_transfer u5 'respond:608 Rejected' inline",
  ]);
});

test('leaves alone a call that the guard has set free already', async ({ server }) => {
  assert.equal(await callFrom(server.port, '1', 0), ['connect', 'api sched_del u1', 'exit']);
});

test('lets a call that breaks a limit go on, unscreened and counted', async ({ server }) => {
  const nobody = { 'Caller-Destination-Number': '', variable_sip_req_user: '', variable_sip_req_host: '' };
  const commands = await new HandedCall(server.port, { 'Unique-ID': 'u1', ...nobody }).end();
  assert.equal(commands.slice(1), ['api sched_del u1', 'resume', 'exit']);
  assert.is(server.figures.dropped('malformed'), 1);
});

test('hangs up on a call without a name that is safe, on headers without end, and on a mute FreeSWITCH', async ({
  server,
}) => {
  const nameless = new HandedCall(server.port, { 'Unique-ID': "u' inline" });
  assert.equal(await nameless.end(), ['connect']);
  assert.is(server.figures.dropped('malformed'), 1);

  const endless = connect(server.port, '127.0.0.1');
  endless.write('x'.repeat(300_000));
  await closeOf(endless);
  assert.is(server.figures.dropped('oversized'), 1);

  const mute = connect(server.port, '127.0.0.1').resume();
  await closeOf(mute);
});

test('does not take a farewell for a call', async ({ server }) => {
  const socket = connect(server.port, '127.0.0.1').resume();
  socket.end('Content-Type: text/disconnect-notice\nContent-Length: 2\n\nhi');
  await closeOf(socket);
  await until(() => server.figures.connections === 1, 'it was taken');
  assert.equal([server.figures.events, server.figures.dropped('malformed')], [0, 0]);
});

test('stops while calls are held, and says where it cannot listen', async ({ server, admission }) => {
  const held = connect(server.port, '127.0.0.1').resume();
  await until(() => server.figures.connections === 1, 'it was taken');
  const second = new FreeswitchScreeningServer({
    host: '127.0.0.1',
    port: server.port,
    switchId: 'fs-1',
    trunks: new Trunks([], '608', ''),
  });
  assert.match(String(await second.start(admission.intake).catch(String)), 'ACM_ESL_LISTEN_ADDRESS');
  await second.stop();
  const closed = closeOf(held);
  await server.stop();
  await closed;
});

test.run();

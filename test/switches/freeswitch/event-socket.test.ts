import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchFigures } from '../../../src/admission/switch-figures.js';
import { SimulatedFreeswitch } from '../../../src/simulator/freeswitch.js';
import { EventSocket } from '../../../src/switches/freeswitch/event-socket.js';
import { type LogLine, recordingLog } from '../../admission/admission-fixture.js';
import { startRelay } from '../../support/freeswitch/relay.js';
import { until } from '../../support/until.js';

const test = suite('switches/freeswitch/event-socket');

const QUICK = { refusedMs: 10, quietMs: 20, answerMs: 100 };

interface Connected {
  readonly socket: EventSocket;
  readonly figures: SwitchFigures;
  readonly lines: LogLine[];
  readonly events: Record<string, string>[];
  subscriptions: number;
}

function connectTo(port: number, password = 'ClueCon', timing = { ...QUICK, quietMs: 60_000 }): Connected {
  const figures = new SwitchFigures('freeswitch');
  const lines: LogLine[] = [];
  const socket = new EventSocket({ host: '127.0.0.1', port, password }, figures, recordingLog(lines), timing);
  const connected: Connected = { socket, figures, lines, events: [], subscriptions: 0 };
  socket.start({
    subscribed: () => {
      connected.subscriptions++;
    },
    event: (body) => connected.events.push(JSON.parse(body.toString()) as Record<string, string>),
  });
  return connected;
}

/** A server that says what a test tells it to, after the login and the subscription if it is to have them. */
async function startScript(script: (socket: Socket) => void, login = true): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (!login) return script(socket);
    let commands = 0;
    socket.write('Content-Type: auth/request\n\n');
    socket.on('data', (chunk) => {
      for (const _command of chunk.toString().match(/.+\n\n/g) ?? []) {
        commands++;
        if (commands <= 3) socket.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n');
        if (commands === 3) script(socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

test('logs in, hears of the legs that calls come in by, and has commands answered', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const { socket, figures, events } = connectTo(freeswitch.port);
  try {
    await until(() => figures.up === true, 'it is connected');
    freeswitch.board.answer(freeswitch.board.place({ aNumber: '1', bNumber: '2' }));
    await until(() => events.length >= 2, 'both events have come');
    assert.equal(
      events.map((event) => [event['Event-Name'], event['Call-Direction']]),
      [
        ['CHANNEL_CREATE', 'inbound'],
        ['CHANNEL_ANSWER', 'inbound'],
      ],
    );
    assert.is(await socket.send('api uuid_exists nobody'), 'false');
  } finally {
    socket.stop();
    await freeswitch.stop();
  }
});

test('connects again for ever, and complains once of an outage', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const relay = await startRelay(() => freeswitch.port);
  const connected = connectTo(relay.port);
  try {
    for (let round = 1; round <= 3; round++) {
      await until(() => connected.subscriptions === round, 'it is connected again');
      freeswitch.dropClients();
    }
    await until(() => connected.subscriptions === 4, 'it is connected again');
    assert.is(connected.figures.connections, 4);
    const complaints = connected.lines.filter(({ message }) => message === 'no connection to FreeSWITCH');
    assert.is(complaints.length, 3);
    assert.is(connected.figures.detail, '');
  } finally {
    connected.socket.stop();
    await relay.close();
    await freeswitch.stop();
  }
});

test('says where the password is wrong, logs it once, never shows it, and goes on trying', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const relay = await startRelay(() => freeswitch.port);
  const { socket, figures, lines } = connectTo(relay.port, 'open sesame');
  try {
    await until(() => relay.connections >= 3, 'it has tried thrice');
    assert.is(figures.up, false);
    assert.match(figures.detail, 'ACM_ESL_PASSWORD');
    assert.is(lines.length, 1);
    assert.not.match(JSON.stringify(lines), 'sesame');
  } finally {
    socket.stop();
    await relay.close();
    await freeswitch.stop();
  }
});

test('notices a FreeSWITCH that is frozen, and has its commands fail', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const relay = await startRelay(() => freeswitch.port);
  const { socket, figures } = connectTo(relay.port, 'ClueCon', QUICK);
  try {
    await until(() => figures.up === true, 'it is connected');
    relay.freeze();
    const complaint = await socket.send('api status').catch(String);
    assert.match(complaint, 'does not answer');
    assert.is(figures.up, false);
    relay.thaw();
    await until(() => figures.up === true, 'it is connected again');
  } finally {
    socket.stop();
    await relay.close();
    await freeswitch.stop();
  }
});

test('counts an event that is too large, and goes on', async () => {
  const server = await startScript((socket) => {
    const event = (length: number): string =>
      `Content-Length: ${length}\nContent-Type: text/event-json\n\n${JSON.stringify({ x: '' }).padEnd(length)}`;
    socket.write(event(1_000_000) + event(20));
  });
  const { socket, figures, events } = connectTo(portOf(server));
  try {
    await until(() => events.length === 1, 'the other event has come');
    assert.is(figures.dropped('oversized'), 1);
    assert.is(figures.connections, 1);
  } finally {
    socket.stop();
    server.close();
  }
});

const UNFRAMEABLE: ReadonlyArray<readonly [name: string, text: string]> = [
  ['a length that is none', 'Content-Length: x\n\n'],
  ['headers without end', 'x'.repeat(20_000)],
];

for (const [name, text] of UNFRAMEABLE)
  test(`cuts a connection that brings ${name}, and makes another`, async () => {
    let connections = 0;
    const server = await startScript((socket) => {
      if (++connections === 1) socket.write(text);
    });
    const connected = connectTo(portOf(server));
    try {
      await until(() => connected.subscriptions === 2, 'it is connected again');
      assert.ok(connected.figures.up);
    } finally {
      connected.socket.stop();
      server.close();
    }
  });

test('has a bound on commands that wait, and none is left waiting when the connection goes', async () => {
  let cut = (): void => undefined;
  const server = await startScript((socket) => {
    cut = () => socket.destroy();
  });
  const connected = connectTo(portOf(server));
  try {
    await until(() => connected.subscriptions === 1, 'it is connected');
    const outcomes = Array.from({ length: 4_010 }, () =>
      connected.socket.send('api status').catch((error: Error) => error.message),
    );
    cut();
    const messages = new Set(await Promise.all(outcomes));
    assert.ok(messages.has('too many commands wait'));
    assert.is(messages.size, 2);
  } finally {
    connected.socket.stop();
    server.close();
  }
});

test('sends nothing that would be two commands, and nothing while it is not connected', async () => {
  const freeswitch = await SimulatedFreeswitch.start({ port: 0 });
  const { socket, figures } = connectTo(freeswitch.port);
  await until(() => figures.up === true, 'it is connected');
  assert.match(await socket.send('api status\n\napi shutdown').catch(String), 'one line');
  socket.stop();
  assert.match(await socket.send('api status').catch(String), 'not connected');
  await freeswitch.stop();
});

test('survives a server that says anything at all', async () => {
  const said = ['Content-Type: command/reply\n\n', 'Content-Type: api/response\nContent-Length: 2\n\nhi'];
  const server = await startScript((socket) => {
    socket.end(`${said.join('')}Content-Type: text/rude-rejection\n\n`);
  }, false);
  const { socket, figures } = connectTo(portOf(server));
  await until(() => figures.detail.includes('access list'), 'it has understood the refusal');
  socket.stop();
  server.close();
});

test.run();

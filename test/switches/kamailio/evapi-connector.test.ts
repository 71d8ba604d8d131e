import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Backoff } from '../../../src/client/backoff.js';
import { EvapiConnector } from '../../../src/switches/kamailio/evapi-connector.js';
import { NetstringReader, netstringOf } from '../../../src/switches/kamailio/evapi-netstring.js';
import { AdmissionFixture, type LogLine, recordingLog } from '../../admission/admission-fixture.js';
import { until } from '../../support/until.js';
import { checkPayload, SUSPENDED, statePayload } from './evapi-fixture.js';

const connector = suite('switches/kamailio/evapi-connector');

/** An event socket, and a connector to it. */
class Bench {
  readonly log: LogLine[] = [];
  readonly admission = new AdmissionFixture();
  readonly sockets: Socket[] = [];
  readonly connector: EvapiConnector;
  #server: Server;
  timesConnected = 0;

  private constructor(
    server: Server,
    readonly port: number,
  ) {
    this.#server = server;
    this.#accept(server);
    this.connector = new EvapiConnector({
      host: '127.0.0.1',
      port,
      switchId: 'kamailio',
      trunks: this.admission.state.trunks,
      log: recordingLog(this.log),
      nowMs: () => performance.now(),
      backoff: new Backoff(5, 20),
    });
  }

  static async start(): Promise<Bench> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bench = new Bench(server, (server.address() as AddressInfo).port);
    await bench.connector.start(bench.admission.intake, () => bench.timesConnected++);
    await bench.connections(1);
    return bench;
  }

  get figures() {
    return this.connector.figures;
  }

  get socket(): Socket {
    return this.sockets.at(-1)!;
  }

  async connections(count: number): Promise<void> {
    await until(
      () => this.sockets.length === count && this.figures.connections === count,
      `there are ${count} connections`,
    );
  }

  async closeServer(): Promise<void> {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async openServer(): Promise<void> {
    this.#server = createServer().listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#accept(this.#server);
  }

  async stop(): Promise<void> {
    await this.connector.stop();
    await this.closeServer();
  }

  #accept(server: Server): void {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      this.sockets.push(socket);
    });
  }
}

async function withBench(scenario: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start();
  try {
    await scenario(bench);
  } finally {
    await bench.stop();
  }
}

connector('answers each of several checks that come in one chunk, and one that comes in two', async () => {
  await withBench(async ({ socket, figures, timesConnected }) => {
    const answers: { tindex: number; verdict: string }[] = [];
    const reader = new NetstringReader();
    const take = (payload: string): void => {
      if (payload !== '{}') answers.push(JSON.parse(payload));
    };
    socket.on('data', (chunk) => reader.push(chunk, take));
    const [first, second, third] = [1, 2, 3].map((tindex) =>
      netstringOf(checkPayload({ call_id: `c${tindex}` }, { ...SUSPENDED, tindex })),
    ) as [string, string, string];
    socket.write(first + second + third.slice(0, 40));
    await until(() => answers.length === 2, 'two are answered');
    socket.write(third.slice(40));
    await until(() => answers.length === 3, 'three are answered');
    assert.equal(
      answers.map(({ tindex, verdict }) => [tindex, verdict]),
      [
        [1, 'allow'],
        [2, 'allow'],
        [3, 'allow'],
      ],
    );
    assert.is(figures.up, true);
    assert.is(timesConnected, 1);
  });
});

connector(
  'says at once that it has heard what needs no answer, or its acknowledgement would keep Kamailio waiting',
  async () => {
    await withBench(async ({ socket }) => {
      socket.write(netstringOf(statePayload('ended')));
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      assert.is(chunk.toString(), netstringOf('{}'));
    });
  },
);

connector('cuts a stream that makes no sense, counts why, and connects anew', async () => {
  await withBench(async (bench) => {
    bench.socket.write('GET / HTTP/1.1\r\n\r\n');
    await bench.connections(2);
    bench.socket.write('9999999:');
    await bench.connections(3);
    assert.is(bench.figures.dropped('malformed'), 1);
    assert.is(bench.figures.dropped('oversized'), 1);
  });
});

connector('connects again for as long as it takes, tells so, and says once that it is away', async () => {
  await withBench(async (bench) => {
    await bench.closeServer();
    await until(() => bench.figures.up === false, 'the loss is noticed');
    const refused = /ECONNREFUSED/;
    await until(() => refused.test(bench.figures.detail), 'it says why');
    await bench.openServer();
    await bench.connections(2);
    assert.is(bench.figures.up, true);
    assert.is(bench.timesConnected, 2);
    assert.is(bench.log.filter(({ message }) => message.startsWith('not connected')).length, 1);
  });
});

connector('answers that Kamailio does not take are dropped and counted, not kept', async () => {
  await withBench(async (bench) => {
    // Nobody reads the answers, which are longer than what they answer.
    bench.socket.pause();
    const unread = netstringOf(`{"tindex":1,"tlabel":1}`).repeat(1_000);
    while (bench.figures.dropped('overload') === 0) {
      if (!bench.socket.write(unread)) await once(bench.socket, 'drain');
      assert.ok(bench.figures.events < 2_000_000, 'answers are kept without bound');
    }
  });
});

connector('stops while it is connected, and while it tries to', async () => {
  const bench = await Bench.start();
  await bench.stop();
  assert.is(bench.figures.connections, 1);
  const away = new EvapiConnector({
    host: '127.0.0.1',
    port: bench.port,
    switchId: 'kamailio',
    trunks: bench.admission.state.trunks,
    log: recordingLog(bench.log),
    nowMs: () => performance.now(),
  });
  await away.start(bench.admission.intake, () => undefined);
  await until(() => away.figures.up === false, 'it says that nobody is there');
  await away.stop();
});

connector.run();

/** Streams and the tokens that have opened them: ended with the token, once, and forgotten then. */
import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Caller } from '../../src/admission/access.js';
import type { CallReports } from '../../src/admission/call-reports.js';
import { CallCheck } from '../../src/admission/check-call.js';
import { Doorkeeper } from '../../src/admission/doorkeeper.js';
import { DetectionHandlers } from '../../src/grpc/detection-service.js';
import { DisconnectBroker } from '../../src/grpc/disconnect-broker.js';
import { GrpcServer } from '../../src/grpc/server.js';
import { AdmissionFixture, recordingLog } from '../admission/admission-fixture.js';
import { DetectionClient, endOf, exchange } from '../support/grpc-detection.js';
import { eventually } from '../support/grpc-sidecar.js';
import { MemoryTokenStore } from '../support/memory-access.js';

const test = suite('grpc/streams-of-tokens');

const CALL = { a_number: '+15550000001', b_number: '+2348099999999', call_id: 'c' };

let handlers: DetectionHandlers;
let broker: DisconnectBroker;
let server: GrpcServer;
let store: MemoryTokenStore;
let address: string;

test.before.each(async () => {
  const { state, logged } = new AdmissionFixture();
  broker = new DisconnectBroker();
  store = new MemoryTokenStore();
  handlers = new DetectionHandlers({
    callCheck: new CallCheck(state),
    callReports: {} as CallReports,
    policies: state.policies,
    broker,
    counters: state.counters,
    log: recordingLog(logged),
    nowMs: () => 1_000_000,
  });
  const keeper = new Doorkeeper(store.tokens, [], Date.now);
  server = new GrpcServer({ address: '127.0.0.1:0', socket: '', tls: undefined, handlers, keeper });
  address = `127.0.0.1:${await server.start()}`;
});

test.after.each(() => server.drain(1_000));

/** Names of those who have streams open. */
function holders(): string[] {
  const names: string[] = [];
  handlers.endStreamsUnless(({ name }: Caller) => names.push(name) > 0);
  return names.sort();
}

async function withClient(token: string, work: (client: DetectionClient) => Promise<void>): Promise<void> {
  const client = new DetectionClient(address, undefined, token);
  try {
    await work(client);
  } finally {
    client.close();
  }
}

test('ends both kinds of streams of a caller who is not let in any more, and forgets them', async () => {
  await withClient(store.issue(['check', 'switch'], 'revoked'), async (client) => {
    const [watch, checks] = [client.watchDisconnects('sw'), client.checkCalls()];
    await exchange(checks, [CALL]);
    await eventually(() => holders().length === 2);
    assert.is(broker.watchedSwitches, 1);
    const ends = Promise.all([endOf(watch), endOf(checks)]);
    handlers.endStreamsUnless(({ name }) => name !== 'revoked');
    for (const { code } of await ends) assert.is(code, status.UNAUTHENTICATED);
    await eventually(() => holders().length === 0);
    assert.is(broker.watchedSwitches, 0, 'nobody would carry its orders out');
  });
});

test('answers no call that comes after the end', async () => {
  await withClient(store.issue(['check'], 'revoked'), async (client) => {
    const checks = client.checkCalls();
    await exchange(checks, [CALL]);
    const end = endOf(checks);
    let answers = 0;
    checks.on('data', () => answers++);
    handlers.endStreamsUnless(() => false);
    for (let i = 0; i < 5; i++) checks.write({ calls: [{ ...CALL, call_id: `late-${i}` }] });
    assert.is((await end).code, status.UNAUTHENTICATED);
    assert.is(answers, 0);
  });
});

test('leaves the streams of others alone, and of those who need no token', async () => {
  await withClient(store.issue(['check'], 'kept'), async (kept) => {
    await withClient('', async (local) => {
      const streams = [kept.checkCalls(), local.checkCalls()];
      for (const stream of streams) await exchange(stream, [CALL]);
      assert.equal(holders(), ['', 'kept']);
      for (const stream of streams) assert.is((await exchange(stream, [CALL])).length, 1);
      const ends = streams.map((stream) => endOf(stream));
      for (const stream of streams) stream.end();
      for (const { code } of await Promise.all(ends)) assert.is(code, status.OK);
      await eventually(() => holders().length === 0);
    });
  });
});

test('does not remember a stream that it has refused', async () => {
  await withClient(store.issue(['alerts:read'], 'reader'), async (client) => {
    const ends = [client.watchDisconnects('sw'), client.checkCalls()].map((stream) => endOf(stream));
    for (const { code } of await Promise.all(ends)) assert.is(code, status.PERMISSION_DENIED);
    assert.equal(holders(), []);
  });
});

test.run();

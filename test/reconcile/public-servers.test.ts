/** A LumaDB that behaves as one of its public servers is never taken for one that reconciles. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExchangingSidecar } from '../support/luma/exchanging-sidecar.js';
import {
  type PublicServer,
  startDocumentServer,
  startPublishedServer,
  startQueryServer,
} from '../support/luma/public-servers.js';
import { until } from '../support/until.js';

const servers = suite('reconcile/public-servers');

/** Rows as ours are, so that the shape alone proves nothing. */
const LOOKALIKE = { sequence: 1, stored_at_ms: Date.now(), epoch: 'e', delta: 'ChA=' };

const CASES: readonly {
  readonly name: string;
  readonly start: () => Promise<PublicServer>;
  readonly state: 'away' | 'not-stored';
  readonly detail: RegExp;
}[] = [
  {
    name: 'the published server, which binds no gRPC port',
    start: startPublishedServer,
    state: 'away',
    detail: /is not there \(connection refused\).*LUMADB_GRPC_HOST/,
  },
  {
    name: 'the second server, which serves luma.v3',
    start: startQueryServer,
    state: 'away',
    detail: /speaks another contract: luma\.v1\.LumaService is not there/,
  },
  {
    name: 'the Go server without documents',
    start: () => startDocumentServer([]),
    state: 'not-stored',
    detail: /acknowledges and does not store: it says success with no rows/,
  },
  {
    name: 'the Go server with documents',
    start: () => startDocumentServer([{ _id: 'x', caller: 'A' }, { _id: 'y' }]),
    state: 'not-stored',
    detail: /answers rows that were not asked for/,
  },
  {
    name: 'the Go server with one document',
    start: () => startDocumentServer([{ _id: 'x' }]),
    state: 'not-stored',
    detail: /answers rows that were not asked for/,
  },
  {
    name: 'the Go server with one document that looks like a row of ours',
    start: () => startDocumentServer([LOOKALIKE]),
    state: 'not-stored',
    detail: /answers rows that were not asked for/,
  },
];

for (const { name, start, state, detail } of CASES) {
  servers(`is never reconciled with ${name}`, async () => {
    const server = await start();
    const sidecar = new ExchangingSidecar({ address: server.address, name: 'one' });
    try {
      sidecar.exchange.start();
      await until(
        () => sidecar.exchange.state === state && detail.test(sidecar.exchange.detail),
        String(detail),
      );
      const before = server.queries;
      await until(() => server.queries > before + 2 || sidecar.ticks > 25, 'it has been tried again');
      for (let i = 0; i < 100; i++) sidecar.call('2348031', `100${i}`);
      assert.is(sidecar.window.size, 100, 'calls are counted all the same');
      assert.equal(new Set(sidecar.states), new Set([state]), 'it was in no other state');
      assert.is(sidecar.exchange.figures.published, 0);
      assert.ok(sidecar.logged.some((line) => detail.test(line)));
      assert.ok(sidecar.logged.length <= 2, 'it is said once, and not again and again');
    } finally {
      await sidecar.exchange.stop();
      server.close();
    }
  });
}

servers.run();

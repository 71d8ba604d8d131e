import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmError } from '../../src/errors.js';
import type { Database, Outcome, Statement } from '../../src/store/database.js';
import { StoreLink } from '../../src/store/store-link.js';
import { AdmissionFixture } from '../admission/admission-fixture.js';

const test = suite('store/store-link');

const away = (): AcmError => new AcmError('ACM_STORE_UNAVAILABLE', 'gone fishing');

/** A database that knows the schema, holds one block from revision 1 on, and can be away. */
class FakeDatabase implements Database {
  readonly kind = 'postgresql';
  lost = false;
  away = false;
  closed = 0;
  revision = 1;
  reads: number[] = [];
  /** Runs that wait until they are let go. */
  gate: Promise<void> | undefined;

  async run(statements: readonly Statement[]): Promise<readonly Outcome[]> {
    await this.gate;
    if (this.away || this.lost) throw away();
    return statements.map((statement) => {
      const rows = this.#rowsFor(statement);
      return { rows, count: rows.length };
    });
  }

  async close(): Promise<void> {
    this.closed++;
  }

  #rowsFor({ text, values }: Statement): Record<string, unknown>[] {
    if (text.includes('max(version)')) return [{ version: 1 }];
    if (text.includes('FROM rule_state')) return [{ revision: this.revision, enforcement_on: true }];
    if (text.includes('FROM fraud_alerts') || text.includes('schema_versions')) return [];
    if (!text.includes('FROM blocked_patterns')) return [{ revision: null }];
    this.reads.push(values?.[1] as number);
    return [BLOCK];
  }
}

/** A page of one block, column by column. */
const BLOCK = {
  revision: [1],
  block_id: [1],
  a_number: ['15550000001'],
  b_number: ['2348099999999'],
  expires_ms: [Date.UTC(2030, 0)],
  removed: [false],
};

interface Setting {
  readonly fixture: AdmissionFixture;
  readonly link: StoreLink;
  readonly pauses: number[];
  /** Lets the next pause end. */
  next(): Promise<void>;
}

function setUp(open: () => Promise<Database>): Setting {
  const fixture = new AdmissionFixture();
  fixture.book.clear();
  const pauses: number[] = [];
  let wake: () => void = () => undefined;
  const link = new StoreLink({
    kind: 'postgresql',
    open,
    book: fixture.book,
    incidents: fixture.state.incidents,
    wallClock: fixture.wallClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: () => fixture.wallClock.dateOf(fixture.now),
    sleep: (ms) => {
      pauses.push(ms);
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    yieldTurn: async () => undefined,
    random: () => 1,
  });
  const next = async (): Promise<void> => {
    const before = pauses.length;
    wake();
    while (pauses.length === before) await new Promise((resolve) => setImmediate(resolve));
  };
  return { fixture, link, pauses, next };
}

test('has everything stored in force before it says that it has started', async () => {
  const { fixture, link } = setUp(async () => new FakeDatabase());
  await link.start();
  assert.is(fixture.check('+15550000001').reason, 'blocked');
  assert.equal(fixture.check('A').degradedCauses, []);
  assert.equal(link.health, { kind: 'postgresql', state: 'up', detail: '' });
  await link.stop();
});

test('starts without the store, says so, and catches up when it is back', async () => {
  const database = new FakeDatabase();
  database.away = true;
  const { fixture, link, pauses, next } = setUp(async () => database);
  await link.start();
  assert.equal(link.health, { kind: 'postgresql', state: 'down', detail: 'gone fishing' });
  assert.equal(fixture.check('+15550000001').degradedCauses, ['blocks-not-loaded']);
  assert.throws(() => link.database, /the store is not there: gone fishing/);
  await next();
  await next();
  assert.equal(pauses, [250, 500, 1_000], 'it asks less and less often');
  database.away = false;
  await next();
  assert.equal(link.health, { kind: 'postgresql', state: 'up', detail: '' });
  assert.is(fixture.check('+15550000001').reason, 'blocked');
  await link.stop();
});

test('asks for what is new only, as long as it hears of the store', async () => {
  const database = new FakeDatabase();
  const { link, next } = setUp(async () => database);
  await link.start();
  await next();
  assert.equal(database.reads, [-1], 'nothing has changed, so nothing is read');
  database.revision = 2;
  await next();
  assert.equal(database.reads, [-1, 1]);
  await link.stop();
});

test('reads everything anew after half a day without the store', async () => {
  const database = new FakeDatabase();
  const { fixture, link, next } = setUp(async () => database);
  await link.start();
  database.away = true;
  await next();
  fixture.now += 43_200_001;
  database.away = false;
  await next();
  assert.equal(database.reads, [-1, -1]);
  assert.ok(fixture.book.loaded);
  await link.stop();
});

test('opens another database when the one that it had can never answer again', async () => {
  const opened: FakeDatabase[] = [];
  const { link, next } = setUp(async () => {
    opened.push(new FakeDatabase());
    return opened.at(-1)!;
  });
  await link.start();
  opened[0].lost = true;
  await next();
  assert.equal([opened.length, opened[0].closed, link.health.state], [2, 1, 'up']);
  await link.stop();
});

test('goes on after a defect of its own, and says that it was one', async () => {
  const database = new FakeDatabase();
  const { link, next } = setUp(async () => database);
  await link.start();
  const run = database.run.bind(database);
  database.run = () => Promise.reject(new TypeError('x is undefined'));
  await next();
  assert.equal(link.health, { kind: 'postgresql', state: 'down', detail: 'a defect; see the log' });
  database.run = run;
  await next();
  assert.is(link.health.state, 'up');
  await link.stop();
});

test('reads again for whoever asks while a reading is under way, since it may have begun too early', async () => {
  const database = new FakeDatabase();
  const { link } = setUp(async () => database);
  await link.start();
  let open: () => void = () => undefined;
  database.gate = new Promise((resolve) => {
    open = resolve;
  });
  const first = link.catchUp();
  const [second, third] = [link.catchUp(), link.catchUp()];
  assert.is(second, third, 'one reading serves all who wait');
  assert.is.not(first, second);
  open();
  await Promise.all([first, second, third]);
  await link.stop();
});

test.run();

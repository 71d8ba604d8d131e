import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Delivery, Settlement, Webhook } from '../../src/admission/webhook.js';
import type { DeliveryQueue } from '../../src/admission/webhook-ports.js';
import { AcmError } from '../../src/errors.js';
import { WebhookCourier } from '../../src/events/webhook-courier.js';
import type { WebhookAnswer, WebhookRequest } from '../../src/events/webhook-request.js';
import { signatureOf } from '../../src/events/webhook-signature.js';
import { type LogLine, recordingLog } from '../admission/admission-fixture.js';
import { ALERT_ID, alertOf } from '../support/alert-fixture.js';

const test = suite('events/webhook-courier');

const NOON = Date.UTC(2026, 10, 22, 12);
const later = (ms: number): Date => new Date(NOON + ms);
const SECRET = 'a secret of the receiver';
const WEBHOOKS: readonly Webhook[] = ['siem', 'pager'].map((name) => ({
  name,
  minSeverity: 'medium',
  url: `https://${name}.example.com/hook`,
  secret: SECRET,
  allowPrivate: false,
}));

/** Deliveries that are due, and what they came to. */
class FakeQueue implements DeliveryQueue {
  readonly due: Delivery[] = [];
  readonly settled: (readonly [id: string, settlement: Settlement])[] = [];
  readonly leases: Date[] = [];
  trimmed = new Map<string, number>();
  away = false;

  async claim(room: ReadonlyMap<string, number>, _now: Date, until: Date): Promise<readonly Delivery[]> {
    this.#reach();
    this.leases.push(until);
    const left = new Map(room);
    const claimed = this.due.filter(({ webhook }) => {
      const free = left.get(webhook) ?? 0;
      left.set(webhook, free - 1);
      return free > 0;
    });
    for (const each of claimed) this.due.splice(this.due.indexOf(each), 1);
    return claimed;
  }

  async settle({ deliveryId }: Delivery, settlement: Settlement): Promise<void> {
    this.#reach();
    this.settled.push([deliveryId, settlement]);
  }

  async trim(): Promise<ReadonlyMap<string, number>> {
    this.#reach();
    return this.trimmed;
  }

  async counts() {
    return new Map([['siem', { waiting: 3, dead: 2 }]]);
  }

  #reach(): void {
    if (this.away) throw new AcmError('ACM_STORE_UNAVAILABLE', 'the store does not answer');
  }
}

interface Posted {
  readonly request: WebhookRequest;
  readonly answer: (answer: WebhookAnswer) => void;
}

let queue: FakeQueue;
let posted: Posted[];
let lines: LogLine[];
let now: Date;
let courier: WebhookCourier;

test.before.each(() => {
  queue = new FakeQueue();
  posted = [];
  lines = [];
  now = later(0);
  courier = new WebhookCourier({
    webhooks: WEBHOOKS,
    queue,
    post: (request, signal) =>
      new Promise((answer) => {
        signal.addEventListener('abort', () => answer({ status: 0, reason: 'given up' }));
        posted.push({ request, answer });
      }),
    userAgent: 'acm-sidecar/1.2.3',
    now: () => now,
    random: () => 0.5,
    log: recordingLog(lines),
  });
});

function add(count: number, changes: Partial<Delivery> = {}): void {
  for (let i = 0; i < count; i++)
    queue.due.push({
      deliveryId: `delivery-${i}`,
      webhook: 'siem',
      event: 'alert.opened',
      occurredAt: later(-1_000),
      queuedAt: later(-500),
      attempt: 1,
      alert: alertOf(),
      ...changes,
    });
}

/** Lets everything happen that waits for nothing but its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One delivery, answered so; what it came to. */
async function settlementAfter(answer: WebhookAnswer, changes: Partial<Delivery> = {}): Promise<Settlement> {
  add(1, changes);
  await courier.tick();
  posted.at(-1)?.answer(answer);
  await turn();
  return queue.settled.at(-1)![1];
}

test('posts the alert as it is now, signed with the time of the attempt', async () => {
  now = later(1_500);
  add(1);
  await courier.tick();
  const [{ request }] = posted;
  const { alert, ...rest } = JSON.parse(request.body);
  assert.equal(rest, {
    delivery_id: 'delivery-0',
    event: 'alert.opened',
    occurred_at: '2026-11-22T11:59:59.000Z',
  });
  assert.equal([alert.alert_id, alert.severity, alert.call_count], [ALERT_ID, 'MEDIUM', 6]);
  const timestamp = NOON / 1_000 + 1;
  assert.equal(request.headers, {
    'content-type': 'application/json',
    'user-agent': 'acm-sidecar/1.2.3',
    'acm-delivery': 'delivery-0',
    'acm-timestamp': String(timestamp),
    'acm-signature': signatureOf(SECRET, timestamp, request.body),
  });
  assert.equal([request.url, request.allowPrivate], ['https://siem.example.com/hook', false]);
});

test('counts any 2xx as delivered, and nothing else', async () => {
  for (const status of [200, 204, 299])
    assert.equal(await settlementAfter({ status, retryAfter: undefined }), { state: 'delivered', status });
  for (const status of [302, 404, 500])
    assert.equal(await settlementAfter({ status, retryAfter: undefined }), {
      state: 'waiting',
      failure: { status, reason: `answered ${status}` },
      dueAt: later(3_750),
    });
  assert.equal([courier.tally.ended('siem', 'delivered'), courier.tally.ended('siem', 'failed')], [3, 3]);
});

test('keeps why there was no answer, and lets the receiver ask for patience', async () => {
  assert.equal(await settlementAfter({ status: 0, reason: 'ECONNREFUSED' }), {
    state: 'waiting',
    failure: { status: 0, reason: 'ECONNREFUSED' },
    dueAt: later(3_750),
  });
  const patient = await settlementAfter({ status: 503, retryAfter: '90' });
  assert.equal('dueAt' in patient && patient.dueAt, later(90_000));
});

test('gives up after a day, at once when the receiver is gone, and loudly', async () => {
  const queuedAt = later(-86_400_000);
  assert.is((await settlementAfter({ status: 500, retryAfter: undefined }, { queuedAt })).state, 'dead');
  assert.is((await settlementAfter({ status: 410, retryAfter: undefined })).state, 'dead');
  assert.is(courier.tally.ended('siem', 'dead'), 2);
  assert.is(lines.filter(({ message }) => message === 'gave up a delivery to a webhook').length, 2);
  assert.not.match(
    JSON.stringify(lines),
    /example\.com|a secret of|2348099999999/,
    'no URL, secret or number',
  );
});

test('gives up what it has to tell of an alert that is not kept any more, without a word', async () => {
  add(1, { alert: undefined });
  await courier.tick();
  await turn();
  assert.equal([posted.length, queue.settled[0][1].state], [0, 'dead']);
});

test('delivers four at a time to one webhook, and is not held up by it for others', async () => {
  add(6);
  await courier.tick();
  await courier.tick();
  assert.is(posted.length, 4);
  assert.equal(queue.leases[0], later(60_000));
  add(1, { webhook: 'pager', deliveryId: 'paged' });
  await courier.tick();
  assert.is(posted.length, 5, 'the other webhook goes on');
  posted[0].answer({ status: 200, retryAfter: undefined });
  await turn();
  assert.is(posted.length, 6, 'the next goes as soon as there is room');
});

test('goes on when the store is away, and leaves what it could not settle to its lease', async () => {
  queue.away = true;
  await courier.tick();
  await courier.tend();
  queue.away = false;
  add(1);
  await courier.tick();
  queue.away = true;
  posted[0].answer({ status: 200, retryAfter: undefined });
  await turn();
  queue.away = false;
  await settlementAfter({ status: 200, retryAfter: undefined });
  assert.is(queue.settled.length, 1);
});

test('counts what was given up for want of room, and knows what the store holds', async () => {
  queue.trimmed = new Map([['siem', 7]]);
  await courier.tend();
  const { tally } = courier;
  assert.equal(
    [tally.ended('siem', 'dead'), tally.waiting('siem'), tally.dead('siem'), tally.dead('pager')],
    [7, 3, 2, 0],
  );
});

test('finishes what is under way when it stops, and claims no more', async () => {
  add(5);
  await courier.tick();
  const stopped = courier.stop(60_000);
  for (const { answer } of posted) answer({ status: 200, retryAfter: undefined });
  await stopped;
  await courier.tick();
  assert.equal([queue.settled.length, queue.due.length], [4, 1]);
});

test('puts back what hangs when it stops, to be delivered by whoever comes next', async () => {
  add(1);
  await courier.tick();
  await courier.stop(1);
  assert.equal(queue.settled[0][1], {
    state: 'waiting',
    failure: { status: 0, reason: 'given up' },
    dueAt: later(0),
  });
});

test.run();

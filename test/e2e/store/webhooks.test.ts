/** Webhooks through a real sidecar: an attack is told of, signed, and nothing that happens in between loses a word. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../support/grpc-management.js';
import { freshNumber } from '../../support/grpc-sidecar.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { AcmProcess } from '../../support/sidecar-process.js';
import { isGenuine, WebhookReceiver } from '../../support/webhook-receiver.js';
import { Sidecar, within } from './attack.js';

const test = suite('e2e/store/webhooks');

const SECRET = 'a secret of the receiver';

let directory: string;
let receiver: WebhookReceiver;
let env: Record<string, string>;
let sidecar: Sidecar;

test.before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'acm-webhooks-'));
  receiver = new WebhookReceiver();
  await receiver.start();
  writeFileSync(join(directory, 'secret'), `${SECRET}\n`);
  env = { ACM_CONFIG: configured('allow_private: true'), ACM_DATA_DIR: join(directory, 'data') };
  sidecar = await Sidecar.start(env);
});

test.after(async () => {
  await sidecar?.stop();
  await receiver.stop();
  rmSync(directory, { recursive: true, force: true });
});

test.before.each(() => {
  receiver.received.length = 0;
  receiver.answer = (response) => void response.writeHead(204).end();
});

/** A configuration with one webhook, which leads to the receiver. */
function configured(more: string, url = receiver.url): string {
  const path = join(directory, `${Math.random()}.yaml`);
  const webhook = `{name: siem, url: "${url}", secret_file: "${join(directory, 'secret')}", ${more}}`;
  writeFileSync(path, `webhooks: [${webhook}]`);
  return path;
}

/** What the receiver was told of an alert, in order. */
function toldOf(alertId: string): string[] {
  return receiver.received
    .filter(({ message }) => message.alert.alert_id === alertId)
    .map(({ message }) => message.event);
}

async function acm(...args: string[]): Promise<string> {
  const command = new AcmProcess(args, { ACM_SIDECAR_ADDRESS: sidecar.running.address });
  const { code } = await command.end();
  assert.is(code, 0, `acm ${args.join(' ')}\n${command.errors}`);
  return command.output;
}

/** Waits until the delivery of an alert is given up; its id. */
async function deadLetterOf(alertId: string): Promise<string> {
  let deliveryId = '';
  await within('the dead letter', async () => {
    const { dead_letters } = await sidecar.management.ask('WebhookService', 'listDeadLetters');
    deliveryId = dead_letters.find((letter: Message) => letter.alert_id === alertId).delivery_id;
    return true;
  });
  return deliveryId;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${sidecar.running.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('tells of an attack, of what people do and of its end, signed and in order', async () => {
  const bNumber = freshNumber();
  const { alert_id: alertId } = await sidecar.attack(bNumber);
  await within('the news', async () => toldOf(alertId).length === 1, 5_000);
  const [{ message, headers }] = receiver.received;
  assert.equal([message.event, `+${message.alert.b_number}`], ['alert.opened', bNumber]);
  assert.equal([message.alert.status, message.alert.a_numbers.length], ['NEW', 5]);
  assert.is(headers['acm-delivery'], message.delivery_id);
  assert.match(String(headers['user-agent']), /^acm-sidecar\/\d/);
  const shown = await (await fetch(`${sidecar.running.url}/acm/alerts/${alertId}`)).json();
  assert.equal(Object.keys(message.alert), Object.keys(shown as object), 'as GET /acm/alerts/{id} has it');
  await acm('alerts', 'update', alertId, '--status', 'RESOLVED', '--author', 'ada');
  await within('the end', async () => toldOf(alertId).length === 3);
  assert.equal(toldOf(alertId), ['alert.opened', 'alert.changed', 'alert.ended']);
  for (const each of receiver.received) assert.ok(isGenuine(each, SECRET));
  assert.not.ok(isGenuine({ ...receiver.received[0], body: `${receiver.received[0].body} ` }, SECRET));
  const ids = receiver.received.map(({ message: { delivery_id } }) => delivery_id);
  assert.is(new Set(ids).size, ids.length);
});

test('loses nothing while the receiver is down and the sidecar is killed', async () => {
  await receiver.stop();
  const { alert_id: alertId } = await sidecar.attack(freshNumber());
  const failures = 'acm_webhook_deliveries_total\\{webhook="siem",outcome="failed"\\}';
  await within('a failure', async () => (await metric(failures)) >= 1);
  await sidecar.stop('at once');
  await receiver.start();
  sidecar = await Sidecar.start(env);
  await within('the news', async () => toldOf(alertId).length === 1);
  assert.equal(toldOf(alertId), ['alert.opened']);
});

test('gives up where the receiver is gone, and delivers it when somebody replays it', async () => {
  receiver.answer = (response) => void response.writeHead(410).end();
  const { alert_id: alertId } = await sidecar.attack(freshNumber());
  await deadLetterOf(alertId);
  assert.match(await acm('webhook', 'dead', '--webhook', 'siem'), 'answered 410');
  receiver.answer = (response) => void response.writeHead(200).end();
  receiver.received.length = 0;
  assert.match(
    await acm('webhook', 'replay', '--webhook', 'siem', '--author', 'ada'),
    '1 delivery is tried again for siem.',
  );
  await within('the news', async () => toldOf(alertId).length === 1);
  assert.match(await acm('webhook', 'dead'), 'No delivery was given up.');
});

test('replays one dead letter, and shows how the webhook is', async () => {
  receiver.answer = (response) => void response.writeHead(410).end();
  const { alert_id: alertId } = await sidecar.attack(freshNumber());
  const deliveryId = await deadLetterOf(alertId);
  const listed = await acm('webhook', 'list');
  assert.match(listed, /siem +http:\/\/127\.0\.0\.1:\d+ +MEDIUM +\d+ +1 +any/);
  assert.not.match(listed, 'hidden', 'nothing of the URL that may be a secret');
  receiver.answer = (response) => void response.writeHead(200).end();
  receiver.received.length = 0;
  await acm('webhook', 'replay', deliveryId);
  await within('the news', async () => toldOf(alertId).length === 1);
  assert.is(receiver.received[0].message.delivery_id, deliveryId);
});

test('goes to no private address unless it is allowed to', async () => {
  const url = receiver.url.replace('http:', 'https:');
  const strict = await Sidecar.start({
    ACM_CONFIG: configured('min_severity: MEDIUM', url),
    ACM_DATA_DIR: join(directory, 'strict'),
  });
  try {
    await strict.attack(freshNumber());
    const refused = await strict.running.process.logged('a webhook did not take a delivery');
    assert.match(String(refused['reason']), '127.0.0.1 is not a public address');
    assert.not.match(strict.running.process.output, SECRET);
  } finally {
    await strict.stop();
  }
});

test('does not start without a store, or without a secret that is one', async () => {
  const complaint = async (dataDir: string): Promise<string> => {
    const process = new AcmProcess(['serve'], { ...env, ACM_DATA_DIR: dataDir });
    assert.is((await process.end()).code, 1);
    return process.errors;
  };
  assert.match(await complaint('none'), 'ACM_CONFIG: webhooks: they need a store');
  writeFileSync(join(directory, 'secret'), 'short');
  const refused = await complaint(join(directory, 'other'));
  writeFileSync(join(directory, 'secret'), SECRET);
  assert.match(refused, /webhooks\.0\.secret_file: .*: takes 16 characters or more/);
});

test('tells once of what two sidecars on a store see, whichever of them delivers', async () => {
  const postgres: PostgresServer = await startPostgres();
  const shared = { ...env, DATABASE_URL: postgres.url };
  const [one, other] = await Promise.all([Sidecar.start(shared), Sidecar.start(shared)]);
  try {
    const bNumbers = Array.from({ length: 10 }, () => freshNumber());
    for (const bNumber of bNumbers) await Promise.all([one.attack(bNumber), other.attack(bNumber)]);
    const opened = () => receiver.received.filter(({ message }) => message.event === 'alert.opened');
    await within('the news', async () => opened().length >= bNumbers.length);
    await one.stop();
    const told = opened().map(({ message }) => `+${message.alert.b_number}`);
    assert.equal(told.sort(), bNumbers.sort());
  } finally {
    await Promise.all([one.stop(), other.stop()]);
    await postgres.stop();
  }
});

test.run();

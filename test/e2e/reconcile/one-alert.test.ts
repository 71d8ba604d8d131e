/** One attack that three sidecars see is one alert, its calls end wherever they are, and what people decide holds at once. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Command, type CommandStream, take } from '../../support/grpc-detection.js';
import { timestamp } from '../../support/grpc-management.js';
import { freshCallId, freshNumber } from '../../support/grpc-sidecar.js';
import { HttpClient, type Json } from '../../support/http-client.js';
import { CALLERS, within } from '../store/attack.js';
import { Cluster, type Member } from './cluster.js';
import { Lateness } from './lateness.js';

const test = suite('e2e/reconcile/one-alert');

const BY = { author: 'ada', reason: 'test' };
const APART_MS = 20;
/** Less than the 250 ms after which a sidecar looks into the store by itself. */
const AT_ONCE_MS = 200;

let cluster: Cluster;
let members: readonly Member[];
let lateness: Lateness;

test.before(async () => {
  cluster = await Cluster.start({ sharesStore: true, env: { ACM_AUTO_DISCONNECT: 'true' } });
  members = cluster.members;
  lateness = new Lateness();
});

test.after(async () => {
  lateness.stop();
  await cluster.stop();
});

async function alertsOf(bNumber: string, member = members[2]): Promise<Json[]> {
  const { body } = await new HttpClient(member.url).get(
    `/acm/alerts?b_number=${encodeURIComponent(bNumber)}`,
  );
  return body['alerts'];
}

/** The alert that an id leads to, asked at a sidecar. */
async function alertIdBehind(member: Member, alertId: string): Promise<string> {
  const { alert } = await member.management.ask('AlertService', 'getAlert', { alert_id: alertId });
  return alert.alert_id;
}

/** Waits until there is one alert of so many calls, to which all these ids lead, wherever one asks. */
async function oneAlert(bNumber: string, answered: readonly string[], calls: number): Promise<Json> {
  await within(`one alert of ${calls} calls`, async () => {
    const alerts = await alertsOf(bNumber);
    return alerts.length === 1 && alerts[0]['call_count'] >= calls;
  });
  const [alert, ...others] = await alertsOf(bNumber);
  assert.equal(others, []);
  for (const id of new Set(answered))
    for (const member of members) assert.is(await alertIdBehind(member, id), alert['alert_id'], id);
  return alert;
}

/** Waits until all answer one id, which leads to the alert whichever of them is asked. */
async function oneIdAnswered(bNumber: string, alert: Json): Promise<void> {
  let ids = new Set<string>();
  await within('one id', async () => {
    const verdicts = await Promise.all(members.map((member) => member.check('+15550999999', bNumber)));
    ids = new Set(verdicts.map(({ alert_id }) => alert_id));
    return ids.size === 1;
  });
  const [id] = ids;
  await within('the alert by that id', async () => {
    const behind = await Promise.all(members.map((member) => alertIdBehind(member, id)));
    return behind.every((each) => each === alert['alert_id']);
  });
}

test('opens one alert for an attack that is spread over three sidecars, and every id leads to it', async () => {
  const bNumber = freshNumber();
  const answered: string[] = [];
  for (let i = 0; i < 15; i++) {
    const { alert_id: alertId } = await members[i % 3].check(`+155501${1_000 + i}`, bNumber);
    if (alertId !== '') answered.push(alertId);
    await sleep(APART_MS);
  }
  assert.ok(answered.length > 8, `${answered.length} verdicts with an alert`);
  const alert = await oneAlert(bNumber, answered, 15);
  assert.equal([alert['a_numbers'].length, alert['call_ids'].length], [15, 15]);
  const later = await Promise.all(members.map((member) => member.check('+15550199999', bNumber)));
  assert.equal(
    later.map(({ alert_id }) => alert_id),
    members.map(() => later[0].alert_id),
    'from then on all answer the same',
  );
});

test('opens one alert where three sidecars are struck at the same moment', async () => {
  const bNumber = freshNumber();
  const verdicts = await Promise.all(
    members.flatMap((member, i) =>
      CALLERS.map((_, j) => member.check(`+155502${1_000 + 10 * i + j}`, bNumber)),
    ),
  );
  const answered = verdicts.map(({ alert_id }) => alert_id).filter((id) => id !== '');
  await oneAlert(bNumber, answered, 15);
});

test('opens one alert for five callers at one moment, whom no sidecar could have seen together', async () => {
  for (let round = 0; round < 4; round++) {
    const bNumber = freshNumber();
    const verdicts = await Promise.all(
      CALLERS.map((caller, i) => members[(round + i) % 3].check(caller, bNumber)),
    );
    const answered = verdicts.map(({ alert_id }) => alert_id).filter((id) => id !== '');
    const alert = await oneAlert(bNumber, answered, 5);
    assert.is(alert['a_numbers'].length, 5);
    await oneIdAnswered(bNumber, alert);
  }
});

test('makes one alert of what three sidecars have seen apart while the gateway was away', async () => {
  const bNumber = freshNumber();
  const answered: string[] = [];
  await cluster.gateway.kill();
  try {
    for (let i = 0; i < 18; i++) {
      const { alert_id: alertId } = await members[i % 3].check(`+155503${1_000 + i}`, bNumber);
      if (alertId !== '') answered.push(alertId);
    }
    assert.is(new Set(answered).size, 3, 'each has found it by itself');
  } finally {
    await cluster.gateway.start();
  }
  await cluster.reconciled();
  await oneIdAnswered(bNumber, await oneAlert(bNumber, answered, 18));
});

/** A call that is let through on a switch of one sidecar. */
async function callOn(member: Member, switchId: string, bNumber: string, aNumber: string): Promise<void> {
  const call = {
    call_id: freshCallId(),
    from_tag: 't',
    a_number: aNumber,
    b_number: bNumber,
    switch_id: switchId,
  };
  await member.detection.checkCall(call);
  await member.detection.reportCallState({ ...call, state: 'CALL_STATE_ANSWERED' });
}

/** The agent of a switch, which ends what it is told to. */
async function endsCalls(
  member: Member,
  switchId: string,
): Promise<{ stream: CommandStream; ended: Command[] }> {
  const stream = member.detection.watchDisconnects(switchId);
  await once(stream, 'metadata');
  const ended: Command[] = [];
  void (async () => {
    for (;;) {
      const [command] = await take<Command>(stream, 1);
      const { disconnect_id } = command;
      const outcome = 'DISCONNECT_OUTCOME_ENDED';
      await member.detection.confirmDisconnect({ disconnect_id, switch_id: switchId, outcome });
      ended.push(command);
    }
  })().catch(() => undefined);
  return { stream, ended };
}

test('tears down the calls of an attack on all three switches, and the alert lists every outcome', async () => {
  const bNumber = freshNumber();
  const agents = await Promise.all(members.map((member, i) => endsCalls(member, `switch-${i}`)));
  for (let i = 0; i < 4; i++) await callOn(members[i % 3], `switch-${i % 3}`, bNumber, CALLERS[i]);
  await within('the detection', async () => {
    const { verdict } = await members[1].check(CALLERS[4], bNumber);
    return verdict === 'VERDICT_REJECT';
  });
  await within(
    'the end of the calls',
    async () => agents.reduce((sum, { ended }) => sum + ended.length, 0) === 4,
  );
  assert.equal(
    agents.map(({ ended }) => ended.length),
    [2, 1, 1],
    'each ends its own',
  );
  let evidence: Json = {};
  await within('the outcomes', async () => {
    const [alert] = await alertsOf(bNumber);
    if (alert === undefined) return false;
    const { body } = await new HttpClient(members[0].url).get(`/acm/alerts/${alert['alert_id']}/evidence`);
    evidence = body;
    return evidence['disconnects'].length === 4;
  });
  const outcomes = evidence['disconnects']
    .map((each: Json) => `${each['switch_id']} ${each['outcome']}`)
    .sort();
  assert.equal(outcomes, ['switch-0 ended', 'switch-0 ended', 'switch-1 ended', 'switch-2 ended']);
  assert.is((await alertsOf(bNumber)).length, 1);
  for (const { stream } of agents) stream.cancel();
});

/** Milliseconds until it holds on all the other sidecars. */
async function atOnce(what: string, holds: (member: Member) => Promise<boolean>): Promise<void> {
  lateness.take();
  const tookMs = await Promise.all(
    members.slice(1).map((member) => within(what, () => holds(member), 5_000, 2)),
  );
  const allowedMs = AT_ONCE_MS + 2 * lateness.take();
  assert.ok(Math.max(...tookMs) < allowedMs, `${what}: ${tookMs} ms, allowed are ${allowedMs}`);
}

test('puts a block in force everywhere at once', async () => {
  for (let round = 0; round < 5; round++) {
    const pair = { a_number: CALLERS[0], b_number: freshNumber() };
    const expires_at = timestamp(new Date(Date.now() + 60_000));
    await members[0].management.ask('BlockService', 'addBlocks', {
      blocks: [{ ...pair, expires_at }],
      author: 'ada',
    });
    await atOnce('the block', async (member) => {
      return (await member.check(pair.a_number, pair.b_number)).reason === 'REASON_BLOCKED';
    });
  }
});

test('puts a policy in force everywhere at once', async () => {
  for (let round = 0; round < 5; round++) {
    const bNumber = freshNumber();
    const terms = { threshold: 2 };
    await members[0].management.ask('PolicyService', 'setPolicy', {
      scope: { b_number: bNumber },
      terms,
      ...BY,
    });
    await atOnce('the policy', async (member) => (await member.check(CALLERS[0], bNumber)).threshold === 2);
  }
});

test('ends an incident everywhere at once when its alert is settled', async () => {
  for (let round = 0; round < 3; round++) {
    const bNumber = freshNumber();
    for (let i = 0; i < 5; i++) await members[0].check(CALLERS[i], bNumber);
    let first = '';
    await within('the alert', async () => {
      const [alert] = await alertsOf(bNumber);
      first = alert['alert_id'];
      const known = await Promise.all(members.map((member) => member.check(`+15550300${round}`, bNumber)));
      return known.every(({ alert_id }) => alert_id === first);
    });
    const change = { alert_id: first, status: 'ALERT_STATUS_RESOLVED', author: 'ada' };
    await members[0].management.ask('AlertService', 'updateAlert', change);
    await atOnce('a new alert', async (member) => {
      const { alert_id } = await member.check(`+15550300${round}`, bNumber);
      return alert_id !== '' && alert_id !== first;
    });
    await within('the second alert', async () => (await alertsOf(bNumber)).length === 2);
    const statuses = (await alertsOf(bNumber)).map(({ status }) => status).sort();
    assert.equal(statuses, ['NEW', 'RESOLVED']);
  }
});

test('blocks on all what was attacked on one, at once', async () => {
  const bNumber = freshNumber();
  for (let i = 0; i < 5; i++) await members[0].check(CALLERS[i], bNumber);
  await atOnce(
    'the block',
    async (member) => (await member.check(CALLERS[2], bNumber)).reason === 'REASON_BLOCKED',
  );
});

test.run();

/** What every way of asking from within Kamailio must do, with phones on both sides. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../sip/acm-process.js';
import type { Setting } from './setting.js';

/** A setting that serves a whole suite: the cases are about callees of their own. */
export interface Stage {
  readonly setting: Setting;
  /** Waits until Kamailio can ask. */
  readonly canAsk: () => Promise<void>;
}

let callees = 0;

/** A B-number that nobody has called yet. */
export function freshCallee(): string {
  callees++;
  return `23480990${String(process.pid % 1_000).padStart(3, '0')}${String(callees).padStart(3, '0')}`;
}

/** Four callers talk and the fifth is rejected: calls are screened. */
export async function assertScreens({ setting, canAsk }: Stage): Promise<void> {
  await canAsk();
  const b = freshCallee();
  await setting.talk({ scenario: 'talker', calls: 4, rate: 20, b }, { scenario: 'talkersCallee', calls: 4 });
  await setting.call({ scenario: 'rejected', calls: 1, a: '23481', b });
}

/** So many callers of one callee talk to it, which they could not if they were screened. */
export async function talkUnscreened({ setting }: Stage, calls: number): Promise<void> {
  const before = await setting.unscreened();
  const b = freshCallee();
  await setting.talk({ scenario: 'talker', calls, rate: 20, b }, { scenario: 'talkersCallee', calls });
  assert.is(await setting.unscreened(), before + calls);
}

/**
 * To be the last of a suite: Kamailio may repeat a BYE for some seconds after its callee has gone, and would bother the next
 * callee at that port.
 */
export function addTeardownCase(test: Test, stage: () => Stage): void {
  test('five callers within five seconds: the fifth gets 608, the four earlier ones BYE on both legs', async () => {
    const { setting, canAsk } = stage();
    await canAsk();
    const ended = await setting.metric('acm_disconnects_total');
    const b = freshCallee();
    const callee = await setting.answer({ scenario: 'victimsCallee', calls: 4 });
    const victims = setting.call({ scenario: 'victim', calls: 4, rate: 10, b });
    await setting.answered(4);
    await setting.call({ scenario: 'rejected', calls: 1, a: '23481', b });
    await Promise.all([victims, callee.end]);
    // Those of the case before may still be settled meanwhile.
    await until(async () => (await setting.metric('acm_disconnects_total')) >= ended + 4 || undefined);
  });
}

export function addAttackCases(test: Test, stage: () => Stage): void {
  test('calls that still ring when the attack is detected get 608, and their callees CANCEL', async () => {
    const { setting, canAsk } = stage();
    await canAsk();
    const callee = await setting.answer({ scenario: 'ringingCalleeOfKamailio', calls: 4 });
    await setting.call({ scenario: 'rejected', calls: 5, rate: 8, b: freshCallee() });
    await callee.end;
  });

  test('five callers within six seconds all pass', async () => {
    const { setting, canAsk } = stage();
    await canAsk();
    const before = await setting.unscreened();
    const b = freshCallee();
    await setting.talk(
      { scenario: 'talker', calls: 5, rate: 2 / 3, b },
      { scenario: 'talkersCallee', calls: 5 },
    );
    assert.is(await setting.unscreened(), before);
  });
}

export function addRoutingCases(test: Test, stage: () => Stage): void {
  test('6xx from the next hop is not retried on the second one, 503 is', async () => {
    const { setting } = stage();
    const { secondCallee } = setting.ports;
    const second = await setting.answer({ scenario: 'talkersCallee', calls: 1 }, secondCallee);
    const b = freshCallee();
    await setting.talk({ scenario: 'declined', calls: 1, b }, { scenario: 'decliningCallee', calls: 1 });
    // The second hop takes one call: this one, since it has had none yet.
    await setting.talk({ scenario: 'talker', calls: 1, b }, { scenario: 'unavailableCallee', calls: 1 });
    await second.end;
  });

  test('a re-INVITE goes to the callee and is not checked', async () => {
    const { setting } = stage();
    const before = await setting.metric('acm_calls_processed_total');
    const answering = { scenario: 'renegotiatorsCallee', calls: 1 } as const;
    await setting.talk({ scenario: 'renegotiator', calls: 1, b: freshCallee() }, answering);
    assert.is(await setting.metric('acm_calls_processed_total'), before + 1);
  });
}

export function addFailureCases(test: Test, stage: () => Stage): void {
  test('while the sidecar is stopped calls pass and are counted, and are screened once it is back', async () => {
    const { setting } = stage();
    await setting.sidecar.stop();
    await talkUnscreened(stage(), 6);
    await setting.startSidecarAnew();
    await assertScreens(stage());
  });

  test('while the sidecar is mute calls pass and are counted, and are screened once it speaks again', async () => {
    const { setting } = stage();
    await assertScreens(stage());
    setting.sidecar.freeze();
    try {
      await talkUnscreened(stage(), 6);
    } finally {
      setting.sidecar.thaw();
    }
    await assertScreens(stage());
  });

  test('an emergency does not wait for a mute sidecar', async () => {
    const { setting } = stage();
    const before = await setting.unscreened();
    const answering = { scenario: 'talkersCallee', calls: 1 } as const;
    setting.sidecar.freeze();
    try {
      await setting.talk({ scenario: 'emergencyTalker', calls: 1, b: freshCallee() }, answering);
      await setting.talk({ scenario: 'talker', calls: 1, b: '112' }, answering);
    } finally {
      setting.sidecar.thaw();
    }
    assert.is(await setting.unscreened(), before);
  });

  test('a call that is repeated and given up while it waits for its verdict goes nowhere', async () => {
    const { setting } = stage();
    setting.sidecar.freeze();
    const before = await setting.unscreened();
    try {
      await setting.call({ scenario: 'givesUp', calls: 1, b: freshCallee() });
      // This one waits from now on, and so outlasts what the first one waited for.
      await setting.talk(
        { scenario: 'talker', calls: 1, b: freshCallee() },
        { scenario: 'talkersCallee', calls: 1 },
      );
    } finally {
      setting.sidecar.thaw();
    }
    assert.is(await setting.unscreened(), before + 1);
    await assertScreens(stage());
  });

  test('calls are screened again once Kamailio was started anew', async () => {
    await stage().setting.kamailio.restart();
    await assertScreens(stage());
  });
}

import { status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CheckOutcome } from '../../src/client/check-outcome.js';
import type { SidecarClientOptions } from '../../src/client/options.js';
import { SidecarClient } from '../../src/client/sidecar-client.js';
import {
  CallState,
  CheckCallRequest,
  Enforcement,
  ReportCallStateRequest,
  Verdict,
} from '../../src/gen/acm/v1/detection.js';
import { FakeSidecar } from './fake-sidecar.js';

const client = suite('client/sidecar-client');

const request = { ...CheckCallRequest.decode(new Uint8Array()), callId: 'c', aNumber: '1', bNumber: '2' };
const ringing = { ...ReportCallStateRequest.decode(new Uint8Array()), callId: 'c', state: CallState.RINGING };

/** A warm client of a fake sidecar; both are gone afterwards. */
async function withClient(
  options: Partial<SidecarClientOptions>,
  scenario: (subject: SidecarClient, sidecar: FakeSidecar, address: string) => Promise<void>,
): Promise<void> {
  const sidecar = new FakeSidecar();
  const address = await sidecar.listen();
  const subject = SidecarClient.connect({ address, deadlineMs: 100, ...options });
  try {
    assert.ok(await subject.ready(5_000), 'connected');
    await scenario(subject, sidecar, address);
  } finally {
    subject.close();
    sidecar.kill();
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `within 5 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const unscreened = (cause: string, action = 'allow') => ({ kind: 'unscreened', cause, action });
/** Without what stands in the log only. */
async function outcomeOf(subject: SidecarClient): Promise<object> {
  const { detail: _, ...outcome } = { detail: '', ...(await subject.checkCall(request)) };
  return outcome;
}
const causeOf = (outcome: CheckOutcome): string =>
  outcome.kind === 'unscreened' ? outcome.cause : outcome.kind;

client('returns the verdict', async () => {
  await withClient({}, async (subject, sidecar) => {
    sidecar.answer = () => ({ verdict: Verdict.REJECT, sipStatus: 608 });
    const outcome = await subject.checkCall(request);
    assert.ok(outcome.kind === 'verdict');
    assert.is(outcome.response.verdict, Verdict.REJECT);
    assert.is(outcome.response.sipStatus, 608);
  });
});

client('has asked for no verdict when it is ready, and answers within a default deadline then', async () => {
  await withClient({ deadlineMs: 20 }, async (subject, sidecar) => {
    assert.is(sidecar.checks.length, 0);
    assert.is((await subject.checkCall(request)).kind, 'verdict');
  });
});

client('releases a call at the deadline when the sidecar stays silent', async () => {
  await withClient({ deadlineMs: 50 }, async (subject, sidecar) => {
    sidecar.answer = () => 'silence';
    const started = performance.now();
    assert.equal(await outcomeOf(subject), unscreened('deadline'));
    assert.ok(performance.now() - started < 500);
  });
});

client('stops asking a sidecar that fails, and asks again once a probe finds it well', async () => {
  await withClient({ breaker: { probeMsMin: 5, probeMsMax: 20 } }, async (subject, sidecar) => {
    sidecar.answer = () => ({ code: status.INTERNAL });
    sidecar.setServing(false);
    for (let i = 0; i < 5; i++) assert.equal(await outcomeOf(subject), unscreened('error'));
    assert.equal(await outcomeOf(subject), unscreened('breaker'));
    assert.is(sidecar.checks.length, 5);
    sidecar.answer = () => ({});
    sidecar.setServing(true);
    await until(async () => (await subject.checkCall(request)).kind === 'verdict');
  });
});

client('never opens the breaker for requests that are at fault themselves', async () => {
  await withClient({}, async (subject, sidecar) => {
    sidecar.answer = () => ({ code: status.INVALID_ARGUMENT });
    for (let i = 0; i < 12; i++) assert.is(causeOf(await subject.checkCall(request)), 'error');
    assert.is(sidecar.checks.length, 12);
  });
});

client('rejects without a verdict only after the newest response said that calls are rejected', async () => {
  await withClient({ onFailure: 'reject' }, async (subject, sidecar) => {
    const failing = (): { code: status } => ({ code: status.INTERNAL });
    sidecar.answer = failing;
    assert.equal(await outcomeOf(subject), unscreened('error', 'allow'));
    for (const [enforcement, action] of [
      [Enforcement.ENFORCE, 'reject'],
      [Enforcement.SHADOW, 'allow'],
    ] as const) {
      sidecar.answer = () => ({ enforcement });
      await subject.checkCall(request);
      sidecar.answer = failing;
      assert.equal(await outcomeOf(subject), unscreened('error', action));
    }
  });
});

client('says at once that nobody is there, and reports later what it could not', async () => {
  const port = await (async () => {
    const probe = new FakeSidecar();
    const address = await probe.listen();
    probe.kill();
    return Number(address.split(':')[1]);
  })();
  const subject = SidecarClient.connect({ address: `127.0.0.1:${port}` });
  const sidecar = new FakeSidecar();
  try {
    assert.not(await subject.ready(50));
    assert.is(causeOf(await subject.checkCall(request)), 'unavailable');
    subject.reportCallState(ringing);
    await sidecar.listen(port);
    await until(() => sidecar.reports.length === 1);
    assert.ok(subject.connected);
  } finally {
    subject.close();
    sidecar.kill();
  }
});

client('delivers disconnect commands, from a restarted sidecar too, and says when it is back', async () => {
  await withClient({}, async (subject, sidecar, address) => {
    const heard: string[] = [];
    subject.watchDisconnects('sw', {
      command: ({ disconnectId }) => heard.push(disconnectId),
      connected: () => heard.push('connected'),
      lost: () => heard.push('lost'),
    });
    await until(() => sidecar.watches.size === 1);
    sidecar.disconnect({ disconnectId: 'd1' });
    await until(() => heard.includes('d1'));
    sidecar.kill();
    const next = new FakeSidecar();
    await next.listen(Number(address.split(':')[1]));
    await until(() => next.watches.size === 1 && heard.at(-1) === 'connected');
    next.disconnect({ disconnectId: 'd2' });
    await until(() => heard.includes('d2'));
    assert.equal(heard, ['connected', 'd1', 'lost', 'connected', 'd2']);
    const confirmation = { disconnectId: 'd2', switchId: 'sw', outcome: 1, detail: '' };
    assert.ok(await subject.confirmDisconnect(confirmation));
    assert.equal(next.confirmations, [confirmation]);
    next.kill();
  });
});

/** What the sidecar was shown with one call of each method. */
async function shownBy(options: Partial<SidecarClientOptions>): Promise<readonly object[]> {
  let shown: readonly object[] = [];
  await withClient(options, async (subject, sidecar) => {
    subject.watchDisconnects('sw', { command() {}, connected() {}, lost() {} });
    await until(() => sidecar.watches.size === 1);
    await subject.checkCall(request);
    await subject.checkCall(request);
    subject.reportCallState(ringing);
    await until(() => sidecar.reports.length === 1);
    await subject.confirmDisconnect({ disconnectId: 'd', switchId: 'sw', outcome: 1, detail: '' });
    shown = sidecar.shown;
  });
  return shown;
}

client('shows its token with every call and on every stream, and nothing without one', async () => {
  const methods = ['watchDisconnects', 'checkCall', 'checkCall', 'reportCallState', 'confirmDisconnect'];
  assert.equal(
    await shownBy({ token: 'acm_x' }),
    methods.map((method) => [method, 'Bearer acm_x']),
  );
  assert.equal(
    await shownBy({}),
    methods.map((method) => [method, undefined]),
  );
});

client('says why it has no verdict when its token is refused, and goes on asking later', async () => {
  await withClient(
    { token: 'acm_x', breaker: { probeMsMin: 5, probeMsMax: 20 } },
    async (subject, sidecar) => {
      sidecar.answer = () => ({ code: status.UNAUTHENTICATED });
      const outcome = await subject.checkCall(request);
      assert.ok(outcome.kind === 'unscreened');
      assert.equal([outcome.cause, outcome.action], ['error', 'allow']);
      sidecar.answer = () => ({});
      await until(async () => (await subject.checkCall(request)).kind === 'verdict');
    },
  );
});

client.run();

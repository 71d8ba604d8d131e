import { once } from 'node:events';
import Srf from 'drachtio-srf';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freeUdpPort } from '../free-port.js';
import { type DrachtioPeer, startDrachtioPeer } from './peer.js';
import { runSippTogether } from './sipp.js';
import { scaledTimers } from './timers.js';

interface Setting {
  readonly peer: DrachtioPeer;
  readonly srf: Srf;
  readonly calleePort: number;
  readonly callerPort: number;
  readonly callee: string;
}

type InviteHandler = (req: Srf.SrfRequest, res: Srf.SrfResponse, setting: Setting) => Promise<void> | void;

const SECRET = 'cymru';
const srfTest = suite('support/drachtio/peer with drachtio-srf and sipp');

/** Sets up a peer with an application whose INVITE handler is given, and takes both down again. */
async function withApplication(
  onInvite: InviteHandler,
  scenario: (setting: Setting) => Promise<void>,
): Promise<void> {
  const peer = await startDrachtioPeer({ secret: SECRET, timers: scaledTimers(0.2) });
  const srf = new Srf();
  const [calleePort, callerPort] = [await freeUdpPort(), await freeUdpPort()];
  const setting = { peer, srf, calleePort, callerPort, callee: `sip:bob@127.0.0.1:${calleePort}` };
  const failures: unknown[] = [];
  srf.on('error', () => {});
  srf.invite((req, res) => {
    Promise.resolve(onInvite(req, res, setting)).catch((error: unknown) => failures.push(error));
  });
  srf.connect({ host: '127.0.0.1', port: peer.adminPort, secret: SECRET });
  await once(srf, 'connect');
  try {
    await scenario(setting);
    assert.equal(failures, []);
  } finally {
    srf.disconnect();
    await peer.close();
  }
}

/** Connects both legs, and lets a BYE of either end the other. */
async function bridge(req: Srf.SrfRequest, res: Srf.SrfResponse, { srf, callee }: Setting): Promise<void> {
  const { uas, uac } = await srf.createB2BUA(req, res, callee, {});
  uas.on('destroy', () => uac.destroy());
  uac.on('destroy', () => uas.destroy());
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), `${condition} within 5 s`);
}

const caller = (scenario: string, { peer, callerPort: port }: Setting) => ({
  scenario,
  port,
  target: peer.sipPort,
});
const answerer = (scenario: string, { calleePort: port }: Setting) => ({ scenario, port });

srfTest('a back-to-back call ends on both legs when the caller hangs up', async () => {
  await withApplication(bridge, async (setting) => {
    const both = { calls: 5 };
    await runSippTogether(
      { ...answerer('callee-hears-bye', setting), ...both },
      { ...caller('caller-hangs-up', setting), ...both },
    );
    await until(() => setting.peer.dialogs === 0);
    assert.is(setting.peer.counters.requestsIn['INVITE'], 5);
    assert.is(setting.peer.counters.requestsOut['INVITE'], 5);
    assert.is(setting.peer.counters.responsesOut['INVITE 200'], 5);
    assert.is(setting.peer.counters.requestsOut['BYE'], 5);
  });
});

srfTest('a back-to-back call ends on both legs when the callee hangs up', async () => {
  await withApplication(bridge, async (setting) => {
    await runSippTogether(answerer('callee-hangs-up', setting), caller('caller-hears-bye', setting));
    await until(() => setting.peer.dialogs === 0);
  });
});

srfTest('an application rejects a call', async () => {
  const reject: InviteHandler = (_req, res) => res.send(486, { headers: { Reason: 'Q.850;cause=17' } });
  await withApplication(reject, async (setting) => {
    await runSippTogether(caller('caller-is-rejected', setting));
    assert.is(setting.peer.counters.responsesOut['INVITE 486'], 1);
    assert.is(setting.peer.dialogs, 0);
  });
});

srfTest('a caller who gives up has the callee cancelled too', async () => {
  const giveUp: InviteHandler = async (req, res, { srf, callee }) => {
    await rejectsWith(srf.createB2BUA(req, res, callee, {}), 487);
  };
  await withApplication(giveUp, async (setting) => {
    await runSippTogether(answerer('callee-is-cancelled', setting), caller('caller-gives-up', setting));
    assert.is(setting.peer.counters.requestsOut['CANCEL'], 1);
    assert.is(setting.peer.counters.responsesOut['INVITE 487'], 1);
    assert.is(setting.peer.dialogs, 0);
  });
});

srfTest('an application ends an answered call on both legs', async () => {
  const hangUp: InviteHandler = async (req, res, { srf, callee }) => {
    const { uas, uac } = await srf.createB2BUA(req, res, callee, {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    const reason = { headers: { Reason: 'SIP;cause=608;text="Rejected"' } };
    await Promise.all([uas.destroy(reason), uac.destroy(reason)]);
  };
  await withApplication(hangUp, async (setting) => {
    await runSippTogether(answerer('callee-hears-bye', setting), caller('caller-hears-bye', setting));
    await until(() => setting.peer.dialogs === 0);
    assert.is(setting.peer.counters.requestsOut['BYE'], 2);
  });
});

srfTest('an application cancels the leg to the callee and answers the caller itself', async () => {
  const cancelLeg: InviteHandler = async (req, res, { srf, callee }) => {
    let leg: Srf.SrfRequest | undefined;
    const call = srf.createB2BUA(
      req,
      res,
      callee,
      { passFailure: false },
      {
        // Shipped declarations give it one argument, drachtio-srf calls it with the error first.
        cbRequest: ((_error: unknown, request: Srf.SrfRequest) => {
          leg = request;
        }) as never,
        cbProvisional: () => leg?.cancel(() => {}),
      },
    );
    await rejectsWith(call, 487);
    res.send(486);
  };
  await withApplication(cancelLeg, async (setting) => {
    await runSippTogether(answerer('callee-is-cancelled', setting), caller('caller-is-rejected', setting));
    assert.is(setting.peer.counters.requestsOut['CANCEL'], 1);
    assert.is(setting.peer.counters.responsesIn['CANCEL 200'], 1);
  });
});

srfTest('a proxied call passes its BYE through the peer, without the application', async () => {
  const results: unknown[] = [];
  const proxy: InviteHandler = async (req, _res, { srf, callee }) => {
    results.push(await srf.proxyRequest(req, callee, { remainInDialog: true }));
  };
  await withApplication(proxy, async (setting) => {
    await runSippTogether(answerer('callee-hears-bye', setting), caller('caller-hangs-up', setting));
    assert.is((results[0] as { connected: boolean }).connected, true);
    assert.is(setting.peer.counters.requestsOut['BYE'], 1);
    assert.is(setting.peer.counters.requestsOut['ACK'], 1);
    assert.is(setting.peer.dialogs, 0);
  });
});

srfTest('an application that was cut off comes back and takes calls again', async () => {
  await withApplication(bridge, async (setting) => {
    await until(() => setting.peer.adminConnections === 1);
    setting.peer.dropApplications();
    await until(() => setting.peer.adminConnections === 0);
    await until(() => setting.peer.adminConnections === 1);
    await runSippTogether(answerer('callee-hears-bye', setting), caller('caller-hangs-up', setting));
  });
});

async function rejectsWith(promise: Promise<unknown>, status: number): Promise<void> {
  const outcome = await promise.then(
    () => 'resolved',
    (error: { status?: number }) => error.status,
  );
  assert.is(outcome, status);
}

srfTest.run();

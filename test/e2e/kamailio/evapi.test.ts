import { suite } from 'uvu';
import { until } from '../sip/acm-process.js';
import {
  addAttackCases,
  addFailureCases,
  addRoutingCases,
  addTeardownCase,
  freshCallee,
  type Stage,
} from './inline-cases.js';
import { Setting, type Way } from './setting.js';

const evapi = suite('e2e/kamailio/evapi');

const EVAPI: Way = {
  file: 'kamailio-evapi.cfg',
  defines: ({ evapi: port }) => [`ACM_EVAPI_BIND="127.0.0.1:${port}"`],
  environment: ({ evapi: port }) => ({ ACM_EVAPI_ADDRESS: `127.0.0.1:${port}` }),
};

let setting: Setting;

/** Kamailio counts the sidecars that are connected. */
async function canAsk(): Promise<void> {
  await until(async () => (await setting.shared('acm_sidecars')) === 1 || undefined);
}

const stage = (): Stage => ({ setting, canAsk });

evapi.before(async () => {
  setting = await Setting.start(
    EVAPI,
    {},
    { trunks: [{ name: 'here', sources: ['127.0.0.1'], trust_identity: true, trust_diversion: true }] },
  );
});
evapi.after(() => setting.stop());

addAttackCases(evapi, stage);
addRoutingCases(evapi, stage);
addFailureCases(evapi, stage);

evapi('a caller is known by P-Asserted-Identity where the trunk is trusted with it', async () => {
  await canAsk();
  const callee = await setting.answer({ scenario: 'ringingCalleeOfKamailio', calls: 4 });
  await setting.call({ scenario: 'assertedRejected', calls: 5, rate: 8, b: freshCallee() });
  await callee.end;
});

evapi('the callee is the number first dialled where the trunk is trusted with it', async () => {
  await canAsk();
  const callee = await setting.answer({ scenario: 'ringingCalleeOfKamailio', calls: 4 });
  await setting.call({ scenario: 'divertedRejected', calls: 5, rate: 8, b: freshCallee() });
  await callee.end;
});

addTeardownCase(evapi, stage);

evapi.run();

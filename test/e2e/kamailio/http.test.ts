import { suite } from 'uvu';
import {
  addAttackCases,
  addFailureCases,
  addRoutingCases,
  addTeardownCase,
  freshCallee,
  type Stage,
} from './inline-cases.js';
import { Setting, type Way } from './setting.js';

const http = suite('e2e/kamailio/http');

const HTTP: Way = {
  file: 'kamailio-http.cfg',
  defines: ({ api }) => [`ACM_URL="http://127.0.0.1:${api}/acm/call"`, 'ACM_TRUSTED_SOURCES="127.0.0.0/8"'],
  environment: () => ({}),
};

let setting: Setting;

/** It asks whenever it has something to ask. */
const canAsk = (): Promise<void> => Promise.resolve();

const stage = (): Stage => ({ setting, canAsk });

http.before(async () => {
  setting = await Setting.start(HTTP);
});
http.after(() => setting.stop());

addAttackCases(http, stage);
addRoutingCases(http, stage);
addFailureCases(http, stage);

http('a caller is known by P-Asserted-Identity where the source is trusted with it', async () => {
  const callee = await setting.answer({ scenario: 'ringingCalleeOfKamailio', calls: 4 });
  await setting.call({ scenario: 'assertedRejected', calls: 5, rate: 8, b: freshCallee() });
  await callee.end;
});

http('the callee is the number first dialled where the source is trusted with it', async () => {
  const callee = await setting.answer({ scenario: 'ringingCalleeOfKamailio', calls: 4 });
  await setting.call({ scenario: 'divertedRejected', calls: 5, rate: 8, b: freshCallee() });
  await callee.end;
});

addTeardownCase(http, stage);

http.run();

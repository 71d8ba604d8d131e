import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composeSwitches } from '../../sidecar/compose-switches.js';
import { loadConfig } from '../../src/config.js';
import { ConfigError } from '../../src/errors.js';
import { recordingLog } from '../admission/admission-fixture.js';

const test = suite('sidecar/compose-switches');

function switchesFor(env: Record<string, string>) {
  return composeSwitches(loadConfig(env), recordingLog([]));
}

function namesFor(env: Record<string, string>): string[] {
  return switchesFor(env).map(({ figures }) => figures.name);
}

test('joins no switch that nobody has named', () => assert.equal(namesFor({}), []));

test('joins a FreeSWITCH over its event socket, and by its dialplan', () => {
  assert.equal(namesFor({ ACM_ESL_HOST: 'fs' }), ['freeswitch']);
  assert.equal(namesFor({ ACM_ESL_LISTEN_ADDRESS: '127.0.0.1:8084' }), ['freeswitch-socket']);
  const [connector] = switchesFor({ ACM_ESL_HOST: 'fs', ACM_FREESWITCH_SWITCH_ID: 'fs-7' });
  assert.ok(connector?.control?.carries('fs-7'));
  assert.is(connector?.lister?.switchId, 'fs-7');
});

test('listens for calls on the network only where that is wanted', () => {
  const env = { ACM_ESL_LISTEN_ADDRESS: '0.0.0.0:8084' };
  assert.throws(
    () => switchesFor(env),
    (error: unknown) => error instanceof ConfigError && error.message.startsWith('ACM_ESL_LISTEN_ADDRESS: '),
  );
  assert.is(namesFor({ ...env, ACM_ALLOW_PLAINTEXT: 'true' }).length, 1);
});

test.run();

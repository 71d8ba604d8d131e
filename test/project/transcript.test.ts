import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AcmProcess } from '../support/sidecar-process.js';

const test = suite('project/transcript');

const ALERT_ID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;

test('prints what README.md says that it prints', async () => {
  const [, command = '', expected = ''] =
    /```console\n\$ npx acm (.*)\n([^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  assert.match(command, /^check /);
  const sidecar = new AcmProcess(['serve'], {
    ACM_GRPC_ADDRESS: '127.0.0.1:0',
    API_PORT: '0',
    ACM_DATA_DIR: 'none',
  });
  try {
    const { grpc } = await sidecar.logged('ready');
    const check = new AcmProcess(command.split(' '), { ACM_SIDECAR_ADDRESS: `127.0.0.1:${grpc}` });
    assert.is((await check.end()).code, 0, check.errors);
    assert.is(check.output.replace(ALERT_ID, 'ALERT'), expected.replace(ALERT_ID, 'ALERT'));
  } finally {
    await sidecar.kill();
  }
});

test.run();

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_CONFIG_FILE } from '../../../src/config-file.js';
import { kamailioPath } from '../../support/kamailio/kamailio.js';
import { pathOfConfig } from './setting.js';

const shipped = suite('e2e/kamailio/shipped-configurations');

const files = readdirSync(dirname(pathOfConfig('any'))).filter((file) => file.startsWith('kamailio-'));

for (const file of files) {
  shipped(`${file} is one that Kamailio takes as it is`, () => {
    const path = pathOfConfig(file);
    const { status, stderr } = spawnSync(kamailioPath(), ['-c', '-f', path], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.is(status, 0, stderr);
    assert.not.match(stderr, /ERROR|WARNING|CRITICAL/);
  });

  shipped(`${file} never holds up the emergency numbers that the sidecar exempts`, () => {
    const [, numbers = ''] =
      /define ACM_EMERGENCY_NUMBERS "\^\((.*)\)\$"/.exec(readFileSync(pathOfConfig(file), 'utf8')) ?? [];
    assert.equal(numbers.split('|').sort(), [...EMPTY_CONFIG_FILE.emergency_numbers].sort());
  });
}

shipped('there is a configuration for each way', () => {
  assert.equal(files, ['kamailio-agent.cfg', 'kamailio-evapi.cfg', 'kamailio-http.cfg']);
});

shipped.run();

/** What is left to try where there can be no hosts: that each process takes what it is told. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { isAcm, type Project, pathOutside } from '../../sidecar/compose/project.js';
import { AcmProcess } from '../../support/sidecar-process.js';

export function addConfigurationCases(suite: Test, project: Project): void {
  for (const [name, service] of Object.entries(project.services).filter(([, each]) => isAcm(each)))
    suite(`${name} takes its environment`, async () => {
      const entries = Object.entries(service.environment ?? {});
      const environment = entries.map(([variable, value]) => [variable, pathOutside(service, value)]);
      const acm = new AcmProcess(['config', 'check'], Object.fromEntries(environment));
      assert.is((await acm.end()).code, 0, acm.errors);
    });
}

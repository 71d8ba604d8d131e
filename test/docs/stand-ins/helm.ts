import { existsSync } from 'node:fs';
import { demand } from './complaint.js';
import { ask, become, toolPath } from './real-program.js';

/** Options of install and upgrade that `helm template` does not take. */
const NOT_OF_TEMPLATE = new Set([
  '--install',
  '-i',
  '--reset-then-reuse-values',
  '--reset-values',
  '--rollback-on-failure',
]);

/** What needs no cluster is done by the real Helm; installing is rendering with the same arguments. */
export function helm(args: readonly string[]): void {
  const tool = toolPath('helm');
  demand(existsSync(tool), `run test/install-tools.sh: there is no ${tool}`);
  const [verb = '', ...rest] = args;
  if (['template', 'lint', 'show', 'package', 'version', 'dependency'].includes(verb)) {
    become(tool, args);
    return;
  }
  demand(
    [
      'install',
      'upgrade',
      'uninstall',
      'rollback',
      'history',
      'status',
      'get',
      'list',
      'test',
      'diff',
    ].includes(verb),
    `it has no command "${verb}"`,
  );
  if (verb !== 'install' && verb !== 'upgrade') return;
  const { status, output } = ask(tool, ['template', ...rest.filter((arg) => !NOT_OF_TEMPLATE.has(arg))]);
  demand(status === 0, output);
  console.log(`${output.match(/^kind: /gm)?.length ?? 0} objects`);
}

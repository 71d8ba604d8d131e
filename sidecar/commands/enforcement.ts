/** `acm enforcement`: the switch that turns every policy to shadow at once. */
import type { Command } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { authorOption, jsonOption, reasonOption } from './option-values.js';

const actions = () => import('../management/enforcement.js');

export function addEnforcementCommands(acm: Command): void {
  const enforcement = acm
    .command('enforcement')
    .description('stop rejecting calls everywhere at once, or start again')
    .addHelpText('after', () => settingsHelp('client commands'));
  enforcement
    .command('off')
    .description('turn every policy to shadow: nothing is rejected, blocked or torn down')
    .addOption(reasonOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).switchEnforcement(loadConfig(), false, options, printPlain));
  enforcement
    .command('on')
    .description('let the policies say again what happens')
    .addOption(reasonOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).switchEnforcement(loadConfig(), true, options, printPlain));
  enforcement
    .command('status')
    .description('say whether calls are rejected, and who decided that')
    .addOption(jsonOption())
    .action(async (options) => (await actions()).showEnforcement(loadConfig(), options, printPlain));
}

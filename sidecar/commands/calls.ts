/** `acm calls`: which calls are in progress, and to end some by hand. */
import type { Command } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { authorOption, jsonOption, limitOption, reasonOption } from './option-values.js';

const actions = () => import('../management/calls.js');

export function addCallCommands(acm: Command): void {
  const calls = acm
    .command('calls')
    .description('see which calls are in progress, and end some by hand')
    .addHelpText('after', () => settingsHelp('client commands'));
  calls
    .command('list', { isDefault: true })
    .description('list calls in progress, those that were reported last first')
    .option('--b <number>', 'only calls to this B-number', '')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listCalls(loadConfig(), options, printPlain));
  calls
    .command('end')
    .description(
      'end calls, whatever the rule says of them; exit code 1 unless a switch has confirmed each end',
    )
    .argument('<call-id...>', 'Call-IDs, as `acm calls` prints them')
    .option('--alert <id>', 'the alert that is the reason: its evidence shows what became of each call', '')
    .addOption(reasonOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .action(async (ids, options) => (await actions()).endCalls(loadConfig(), ids, options, printPlain));
}

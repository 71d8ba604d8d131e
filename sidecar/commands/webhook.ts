/** `acm webhook`: how webhooks are, and what could not be delivered. */
import type { Command } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { authorOption, jsonOption, limitOption } from './option-values.js';

const actions = () => import('../management/webhooks.js');

export function addWebhookCommands(acm: Command): void {
  const webhook = acm
    .command('webhook')
    .description('see how webhooks are, and replay what they did not take')
    .addHelpText('after', () => settingsHelp('client commands'));
  webhook
    .command('list')
    .description('list the webhooks that the sidecar is configured with')
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listWebhooks(loadConfig(), options, printPlain));
  webhook
    .command('dead')
    .description('list deliveries that were given up, those of the newest events first')
    .option('--webhook <name>', 'only those for this webhook', '')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listDeadLetters(loadConfig(), options, printPlain));
  webhook
    .command('replay')
    .description('let a delivery be tried again, or all that were given up for a webhook')
    .argument('[delivery]', 'id of the delivery')
    .option('--webhook <name>', 'all for this webhook, the oldest 1,000 at a time')
    .addOption(authorOption())
    .action(async (delivery, options) =>
      (await actions()).replayDeadLetters(loadConfig(), delivery, options, printPlain),
    );
}

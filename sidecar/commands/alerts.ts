/** `acm alerts`: look into attacks and settle them. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { authorOption, jsonOption, limitOption, oneOf, timeAgo, wholeNumber } from './option-values.js';

const STATUSES = ['NEW', 'INVESTIGATING', 'RESOLVED', 'FALSE_POSITIVE'];
const SEVERITIES = ['MEDIUM', 'HIGH', 'CRITICAL'];
/** What the sidecar proposes for a false positive. */
const ALLOW_DAYS = 7;

const actions = () => import('../management/alerts.js');

export function addAlertCommands(acm: Command): void {
  const alerts = acm
    .command('alerts')
    .description('look into attacks and settle them')
    .addHelpText('after', () => settingsHelp('client commands'));
  alerts
    .command('list')
    .description('list alerts, those that were opened last first')
    .option('--status <status>', `only those that are ${STATUSES.join(', ')}`, oneOf(...STATUSES))
    .option('--severity <severity>', `only those that are ${SEVERITIES.join(', ')}`, oneOf(...SEVERITIES))
    .option('--b <number>', 'only attacks on this B-number', '')
    .option('--a <number>', 'only attacks that this A-number took part in', '')
    .option('--since <time>', 'only those opened since: 24h (ago), or 2026-11-22T18:00:00Z', timeAgo)
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listAlerts(loadConfig(), options, printPlain));
  alerts
    .command('show')
    .description('show one alert: what happened, to whom, when, from where, and what each call got')
    .argument('<id>', 'id of the alert')
    .addOption(jsonOption())
    .action(async (id, options) => (await actions()).showAlert(loadConfig(), id, options, printPlain));
  alerts
    .command('update')
    .description('work on an alert: RESOLVED (an attack) and FALSE_POSITIVE (none) settle it')
    .argument('<id>', 'id of the alert')
    .option('--status <status>', STATUSES.slice(1).join(', '), oneOf(...STATUSES))
    .option('--note <text>', 'notes, in the place of those that are there; the history keeps what they were')
    .option('--assign <name>', "who looks into it; '' for nobody")
    .addOption(allowOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .action(async (id, options) => (await actions()).updateAlert(loadConfig(), id, options, printPlain));
}

function allowOption() {
  return new Option('--allow [days]', 'with FALSE_POSITIVE: allow all calls to its B-number for so many days')
    .argParser(wholeNumber)
    .preset(String(ALLOW_DAYS));
}

/** `acm policy`: how strictly calls are judged, and why a call is treated as it is. */
import type { Command } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import {
  authorOption,
  jsonOption,
  limitOption,
  oneOf,
  onOrOff,
  reasonOption,
  wholeNumber,
} from './option-values.js';

const ORDER = `
Of all policies that cover a call one applies: that of its B-number, else that of its trunk, else that of the longest
B prefix, else the default. What it leaves open comes from the default.
`;

const actions = () => import('../management/policies.js');

export function addPolicyCommands(acm: Command): void {
  const policy = acm
    .command('policy')
    .description('say how strictly calls are judged, and ask why a call is treated as it is')
    .addHelpText('after', () => ORDER + settingsHelp('client commands'));
  policy
    .command('list')
    .description('list the policies that are stored')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listPolicies(loadConfig(), options, printPlain));
  withScope(policy.command('set'))
    .description('set the policy for some calls; replaces all that was set for them before')
    .option('--threshold <A-numbers>', 'distinct A-numbers that make a masked call, 2 to 100', wholeNumber)
    .option('--window <seconds>', 'in which they are counted, 1 to 300', wholeNumber)
    .option('--cooldown <seconds>', 'for which an alert takes in later detections, 1 to 86400', wholeNumber)
    .option('--enforcement <mode>', 'enforce (reject), or shadow (only observe)', oneOf('enforce', 'shadow'))
    .option('--auto-block <on|off>', 'block the A-numbers of an attack from calling that B-number', onOrOff)
    .option('--auto-disconnect <on|off>', 'end the earlier calls of an attack', onOrOff)
    .option('--block-hours <hours>', 'how long such a block lasts, 1 to 8760', wholeNumber)
    .option(
      '--anonymous <how>',
      'callers who hide their number count per-source, as one in all, or not: ignore',
      oneOf('per-source', 'one', 'ignore'),
    )
    .addOption(reasonOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).setPolicy(loadConfig(), options, printPlain));
  withScope(policy.command('remove'))
    .description('remove the policy for some calls')
    .addOption(authorOption())
    .action(async (options) => (await actions()).removePolicy(loadConfig(), options, printPlain));
  policy
    .command('explain')
    .description('say what would happen to a call now, and why; nothing is counted')
    .requiredOption('--b <number>', 'B-number, who is called')
    .option('--a <number>', 'A-number, who calls; an anonymous caller by default', '')
    .option('--trunk <name>', 'trunk that the call comes in by', '')
    .option('--source-ip <address>', 'address that the INVITE comes from', '')
    .addOption(jsonOption())
    .action(async (options) => (await actions()).explainPolicy(loadConfig(), options, printPlain));
}

/** Which calls: exactly one of these. */
function withScope(command: Command): Command {
  return command
    .option('--default', 'all calls that have no policy of their own')
    .option('--b <number>', 'calls to this B-number')
    .option('--trunk <name>', 'calls that come in by this trunk')
    .option('--b-prefix <digits>', 'calls to numbers that begin so');
}

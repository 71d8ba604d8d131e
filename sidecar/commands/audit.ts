/** `acm audit`: who changed what. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { auditPoint, jsonOption, limitOption, timeAgo } from './option-values.js';

const VERIFY = `
It reads every entry and computes each hash anew, here and not in the sidecar. An entry that was changed, left out or put
between breaks the chain, and is named; the exit code is 1 then.

Whoever can write into the database could forge the whole chain. Keep what this command prints of the last entry somewhere
else, and give it later as --anchor 17:5d3c...: it must still be there. The log of the sidecars tells of it too.
`;

const actions = () => import('../management/audit.js');

export function addAuditCommands(acm: Command): void {
  const audit = acm
    .command('audit')
    .description('see who changed what, and prove that nothing of it was changed since')
    .addHelpText('after', () => settingsHelp('client commands'));
  audit
    .command('list')
    .description('list changes, the newest first')
    .option('--actor <name>', 'only those that this token, certificate or person made', '')
    .option('--action <action>', 'only those of this kind, such as policy.set', '')
    .option('--target <target>', 'only those of this alert, entry, token, policy or pair', '')
    .option('--since <time>', 'only those made since: 24h (ago), or 2026-11-22T18:00:00Z', timeAgo)
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listAudit(loadConfig(), options, printPlain));
  audit
    .command('verify')
    .description('follow the chain of hashes from its beginning to its end')
    .addOption(
      new Option('--anchor <entry>', 'number and hash of an entry, as noted earlier').argParser(auditPoint),
    )
    .addHelpText('after', () => VERIFY)
    .action(async (options) => (await actions()).verifyAudit(loadConfig(), options, printPlain));
}

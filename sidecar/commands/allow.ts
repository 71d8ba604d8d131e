/** `acm allow`: the allowlist. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import {
  authorOption,
  forOption,
  jsonOption,
  limitOption,
  reasonOption,
  untilOption,
} from './option-values.js';

const COLUMNS = `
The first line names the columns. scope (b_number, b_prefix, a_prefix, source, trunk) and value must be there; entry_id,
expires_at (2026-11-22T18:00:00Z; empty for never) and reason may be. author, changed_at and alert_id are passed over: an
export has them for those who read it.

Rows are written in batches of 1,000, each altogether or not at all. A row that is wrong is named, nothing of its batch is
written, and the batches before stay. Mend it and import the file again: a row replaces the entry of the same entry_id,
and a row without one that which such a row with the same scope and value has made. Rows that expire within a minute are
left out. An apostrophe before = + - @ or ' at the beginning of a cell keeps spreadsheets from calculating, and is dropped.
`;

const actions = () => import('../management/allowlist.js');

export function addAllowCommands(acm: Command): void {
  const allow = acm
    .command('allow')
    .description('say which calls are allowed whatever the rule says; they are not counted')
    .addHelpText('after', () => settingsHelp('client commands'));
  allow
    .command('list')
    .description('list the entries in force, those that were made last first')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listAllowed(loadConfig(), options, printPlain));
  allow
    .command('add')
    .description('allow some calls; for ever, unless you say until when')
    .option('--b <number>', 'calls to this B-number')
    .option('--b-prefix <digits>', 'calls to numbers that begin so')
    .option('--a-prefix <digits>', 'calls from numbers that begin so')
    .option('--source <address>', 'calls from this address or range (192.0.2.0/24)')
    .option('--trunk <name>', 'calls that come in by this trunk')
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(reasonOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).addAllowed(loadConfig(), options, printPlain));
  allow
    .command('remove')
    .description('end an entry at once')
    .argument('<entry>', 'id of the entry')
    .addOption(authorOption())
    .action(async (entry, options) =>
      (await actions()).removeAllowed(loadConfig(), entry, options, printPlain),
    );
  allow
    .command('expire')
    .description('say anew until when an entry is in force')
    .argument('<entry>', 'id of the entry')
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(new Option('--never', 'until it is removed').conflicts(['for', 'until']))
    .addOption(authorOption())
    .action(async (entry, options) =>
      (await actions()).expireAllowed(loadConfig(), entry, options, printPlain),
    );
  allow
    .command('import')
    .description('add the entries of a CSV file')
    .argument('<file>', 'path, or - for standard input')
    .addOption(authorOption())
    .addHelpText('after', COLUMNS)
    .action(async (file, options) =>
      (await actions()).importAllowed(loadConfig(), file, options, printPlain),
    );
  allow
    .command('export')
    .description('write every entry to standard output, as CSV that can be imported')
    .action(async () => (await actions()).exportAllowed(loadConfig(), process.stdout));
}

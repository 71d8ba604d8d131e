/** `acm block`: pairs of numbers whose calls are rejected for a time. */
import type { Command } from 'commander';
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
The first line names the columns. a_number, b_number and expires_at (2026-11-22T18:00:00Z) must be there; reason may be.
author, changed_at and alert_id are passed over: an export has them for those who read it.

Rows are written in batches of 1,000, each altogether or not at all. A row that is wrong is named, nothing of its batch is
written, and the batches before stay. Mend it and import the file again: a row replaces the block of the same pair. Rows
that expire within a minute are left out. An apostrophe before = + - @ or ' at the beginning of a cell keeps spreadsheets
from calculating, and is dropped.
`;

const actions = () => import('../management/blocks.js');

export function addBlockCommands(acm: Command): void {
  const block = acm
    .command('block')
    .description('say which A-numbers may not call which B-numbers for a time')
    .addHelpText('after', () => settingsHelp('client commands'));
  block
    .command('list')
    .description('list the blocks in force, those that were made last first')
    .option('--a <number>', 'only those of this A-number', '')
    .option('--b <number>', 'only those that protect this B-number', '')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listBlocks(loadConfig(), options, printPlain));
  withPair(block.command('add'))
    .description('block calls of A to B')
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(reasonOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).addBlock(loadConfig(), options, printPlain));
  withPair(block.command('remove'))
    .description('let A call B again')
    .addOption(authorOption())
    .action(async (options) => (await actions()).removeBlock(loadConfig(), options, printPlain));
  withPair(block.command('expire'))
    .description('say anew until when A may not call B')
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(authorOption())
    .action(async (options) => (await actions()).expireBlock(loadConfig(), options, printPlain));
  block
    .command('import')
    .description('add the blocks of a CSV file')
    .argument('<file>', 'path, or - for standard input')
    .addOption(authorOption())
    .addHelpText('after', COLUMNS)
    .action(async (file, options) => (await actions()).importBlocks(loadConfig(), file, options, printPlain));
  block
    .command('export')
    .description('write every block to standard output, as CSV that can be imported')
    .action(async () => (await actions()).exportBlocks(loadConfig(), process.stdout));
}

function withPair(command: Command): Command {
  return command
    .requiredOption('--a <number>', 'A-number, who may not call')
    .requiredOption('--b <number>', 'B-number, who may not be called');
}

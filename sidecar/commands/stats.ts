/** `acm stats`: what was checked within some time, and how that went. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { spanOf } from '../words/times.js';
import { jsonOption, wholeNumber } from './option-values.js';

const MINUTE_MS = 60_000;

export function addStatsCommand(acm: Command): void {
  acm
    .command('stats')
    .description(
      'say how many calls were checked within some time, how many were masked, and how fast that was',
    )
    .addOption(
      new Option('--minutes <count>', 'the last so many minutes, up to 43200 (30 days)')
        .argParser(wholeNumber)
        .default(60),
    )
    .addOption(
      new Option('--for <span>', 'the same as a time span: 5m, 24h, 30d')
        .argParser(minutesOf)
        .conflicts('minutes'),
    )
    .addOption(jsonOption())
    .addHelpText('after', () => settingsHelp('client commands'))
    .action(async ({ minutes, for: span, json }) => {
      const { showStats } = await import('../management/stats.js');
      await showStats(loadConfig(), { minutes: span ?? minutes, json }, printPlain);
    });
}

/** A time span in whole minutes. */
function minutesOf(text: string): number {
  const minutes = (spanOf(text) ?? Number.NaN) / MINUTE_MS;
  if (!Number.isInteger(minutes))
    throw new InvalidArgumentError('It takes a time span of whole minutes such as 5m, 24h or 30d.');
  return minutes;
}

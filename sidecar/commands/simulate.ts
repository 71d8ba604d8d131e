/** `acm simulate freeswitch`: a switch for demonstrations and tests, with attacks on it. */
import { writeFileSync } from 'node:fs';
import closeWithGrace from 'close-with-grace';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { SIMULATOR_SETTINGS } from '../../src/settings/simulator-settings.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { attackHelp, attackNames, type SimulatorOptions, startSimulator } from '../compose-simulator.js';
import { settingsHelp } from '../settings-help.js';
import { wholeNumber } from './option-values.js';

const STOP_MS_MAX = 5_000;

interface SimulateOptions extends Omit<SimulatorOptions, 'cps' | 'attackIntervalS' | 'attacks'> {
  readonly cps?: number;
  readonly attackInterval?: number;
  readonly attack: SimulatorOptions['attacks'];
  readonly seconds?: number;
  readonly report?: string;
}

export function addSimulateCommands(acm: Command): void {
  const simulate = acm.command('simulate').description('stand in for a switch, for demonstrations and tests');
  simulate
    .command('freeswitch')
    .description("answer on FreeSWITCH's event socket, with calls and attacks at a set rate")
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .addOption(new Option('--port <port>', '0 for any that is free').argParser(portNumber).default(8021))
    .option('--password <text>', 'what clients must say', 'ClueCon')
    .addOption(
      new Option('--cps <calls>', 'ordinary calls a second, up to 5000; by default TRAFFIC_CPS').argParser(
        inRangeOf(SIMULATOR_SETTINGS.trafficCps),
      ),
    )
    .addOption(
      new Option(
        '--attack-interval <seconds>',
        'from one attack to the next, 0 for none; by default ATTACK_INTERVAL',
      ).argParser(inRangeOf(SIMULATOR_SETTINGS.attackIntervalS)),
    )
    .addOption(
      new Option('--attack <names...>', 'patterns that take turns')
        .choices(attackNames)
        .default(attackNames, 'all'),
    )
    .addOption(
      new Option('--seed <number>', 'the same one gives the same calls').argParser(wholeNumber).default(1),
    )
    .addOption(new Option('--seconds <count>', 'stop after so long').argParser(wholeNumber))
    .option('--report <file>', 'write what was simulated there at the end; otherwise it is printed')
    .addHelpText('after', () => `${settingsHelp('simulate')}${MORE_HELP}`)
    .action(simulateFreeswitch);
}

const MORE_HELP = `
Attack patterns:
${attackHelp()}

At the end comes a report as JSON: each attack, its B-number, when it began, whether a sidecar with the default rule is
to detect it ("expected_detection"), and how many of its calls were ended through the event socket ("killed"). Of the
ordinary calls none should be.

Try it:
  acm simulate freeswitch --attack-interval 5                                       in one terminal
  ACM_ESL_HOST=127.0.0.1 ACM_AUTO_DISCONNECT=true ACM_DATA_DIR=none acm serve       in another
`;

async function simulateFreeswitch(options: SimulateOptions): Promise<void> {
  const config = loadConfig();
  const log = createLogger('simulate', config.logLevel, config.logFormat);
  const { cps = config.trafficCps, attackInterval = config.attackIntervalS, attack, ...rest } = options;
  const running = await startSimulator({ ...rest, cps, attackIntervalS: attackInterval, attacks: attack });
  const grace = closeWithGrace({ delay: STOP_MS_MAX, logger: false }, async ({ err }) => {
    if (err !== undefined) log.fatal({ err }, 'stopping after a defect');
    clearTimeout(alarm);
    const report = running.report();
    await running.stop();
    if (options.report === undefined) console.log(JSON.stringify(report, undefined, 2));
    else writeFileSync(options.report, `${JSON.stringify(report)}\n`);
    log.info('stopped');
  });
  const { seconds } = options;
  const alarm = seconds === undefined ? undefined : setTimeout(() => void grace.close(), seconds * 1_000);
  log.info({ ...running.ports, cps, attackInterval, seed: rest.seed }, 'ready');
}

/** The option takes what its variable takes. */
function inRangeOf({ takes, schema }: (typeof SIMULATOR_SETTINGS)[keyof typeof SIMULATOR_SETTINGS]) {
  return (text: string): number => {
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new InvalidArgumentError(`It takes ${takes}.`);
    return parsed.data;
  };
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('It takes a whole number up to 65535.');
  return port;
}

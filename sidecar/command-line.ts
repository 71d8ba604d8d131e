/**
 * What people type: commands, their help, and their mistakes in plain words. Each command loads what it needs when it
 * runs, so that a short one stays short.
 */
import closeWithGrace from 'close-with-grace';
import { Command, Option } from 'commander';
import { type Config, describeConfig, loadConfig } from '../src/config.js';
import { AcmError, ConfigError } from '../src/errors.js';
import { createLogger } from '../src/telemetry/logger.js';
import { addAlertCommands } from './commands/alerts.js';
import { addAllowCommands } from './commands/allow.js';
import { addAuditCommands } from './commands/audit.js';
import { addBlockCommands } from './commands/block.js';
import { addDemoCommand } from './commands/demo.js';
import { addEnforcementCommands } from './commands/enforcement.js';
import { addPolicyCommands } from './commands/policy.js';
import { addSimulateCommands } from './commands/simulate.js';
import { addStatsCommand } from './commands/stats.js';
import { addTokenCommands } from './commands/token.js';
import { addWebhookCommands } from './commands/webhook.js';
import type { RunningProcess } from './running-process.js';
import { settingsHelp } from './settings-help.js';
import { version } from './version.js';

/** For taking leave of the store after the drain; then the process ends without grace. */
const STOP_MS_EXTRA = 4_000;

/** Runs the command of `argv`; sets the exit code. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof AcmError)) throw error;
    for (const line of complaintOf(error)) console.error(line);
    process.exitCode = 1;
  }
}

function complaintOf(error: AcmError): string[] {
  if (!(error instanceof ConfigError)) return [`acm: ${error.message}`];
  return ['acm: the configuration cannot be used:', ...error.mistakes.map((mistake) => `  ${mistake}`)];
}

function program(): Command {
  const acm = new Command('acm')
    .description(
      'Finds call masking: many A-numbers that call one B-number within seconds, to hide who is calling.',
    )
    .version(version)
    .addHelpText('after', FIRST_STEPS);
  acm
    .command('serve')
    .description('run the detection service: gRPC for switches, HTTP for /health and /metrics')
    .addHelpText('after', () => settingsHelp('serve'))
    .action(async () => run('serve', (await import('./compose.js')).startSidecar));
  acm
    .command('sip-agent')
    .description('run the SIP agent: it checks each INVITE on drachtio-server before the call goes on')
    .addHelpText('after', () => settingsHelp('sip-agent'))
    .action(async () => run('sip-agent', (await import('./compose-agent.js')).startSipAgent));
  acm
    .command('check')
    .description('ask a running sidecar about one call, and print the verdict; the call is counted')
    .requiredOption(
      '--a <numbers...>',
      'A-number, who calls; several are checked one after the other; empty for an anonymous caller',
    )
    .requiredOption('--b <number>', 'B-number, who is called')
    .option('--call-id <id>', 'SIP Call-ID; by default every check is a new call')
    .option('--source-ip <address>', 'address that the INVITE came from', '')
    .option('--trunk <name>', 'trunk that the call came in by', '')
    .addOption(new Option('--json', 'print the whole answer as JSON'))
    .addHelpText('after', () => settingsHelp('client commands'))
    .action(async (options) => {
      const { askVerdicts } = await import('./check.js');
      await askVerdicts(loadConfig(), options, console.log);
    });
  addStatsCommand(acm);
  addAlertCommands(acm);
  addPolicyCommands(acm);
  addAllowCommands(acm);
  addBlockCommands(acm);
  addEnforcementCommands(acm);
  addTokenCommands(acm);
  addAuditCommands(acm);
  addWebhookCommands(acm);
  addSimulateCommands(acm);
  addDemoCommand(acm);
  acm
    .command('config')
    .description('look at the configuration')
    .command('check')
    .description('print the effective configuration, or every mistake in it at once')
    .action(() => console.log(describeConfig(loadConfig())));
  return acm;
}

const FIRST_STEPS = `
Try it:
  acm serve                                                   in one terminal
  acm check --b +2348099999999 --a A001 A002 A003 A004 A005   in another: the fifth is rejected
  acm demo                                                    or watch attacks on a simulated switch
`;

/** Starts a process and stops it with grace on SIGTERM and SIGINT. */
async function run(
  name: string,
  start: (config: Config, log: ReturnType<typeof createLogger>) => Promise<RunningProcess>,
): Promise<void> {
  const config = loadConfig();
  const log = createLogger(name, config.logLevel, config.logFormat);
  const running = await start(config, log);
  closeWithGrace({ delay: config.drainMs + STOP_MS_EXTRA, logger: false }, async ({ err, signal }) => {
    if (err === undefined) log.info({ signal }, 'stopping');
    else log.fatal({ err }, 'stopping after a defect');
    await running.stop();
    log.info('stopped');
  });
  log.info({ version, node: process.version, ...running.ports }, 'ready');
  if (config.logFormat === 'text') console.log(greetingOf(name, config, running));
}

/** Where it listens and what to try next, for a person who has just started it. */
function greetingOf(name: string, config: Config, { ports }: RunningProcess): string {
  if (name !== 'serve') return `\nSIP agent ready: http://${config.sipMetricsAddress}/metrics\n`;
  const grpc = `${config.grpcAddress.replace(/:\d+$/, '')}:${ports['grpc']}`;
  const http = `http://${config.apiHost}:${ports['http']}`;
  return `
The sidecar is ready.
  gRPC     ${grpc}${config.grpcSocket === '' ? '' : ` and unix:${config.grpcSocket}`}
  health   ${http}/health
  metrics  ${http}/metrics

Now, in another terminal, let five callers reach one number within ${config.windowSeconds} seconds:
  npx acm check --b +2348099999999 --a +2348030000001 +2348030000002 +2348030000003 +2348030000004 +2348030000005
Stop with Ctrl-C.
`;
}

/**
 * What people type: commands, their help, and their mistakes in plain words. Each command loads what it needs when it
 * runs, so that a short one stays short.
 */
import { Command, Option } from 'commander';
import { type Config, describeConfig, loadConfig } from '../src/config.js';
import { AcmError, ConfigError } from '../src/errors.js';
import { addAlertCommands } from './commands/alerts.js';
import { addAllowCommands } from './commands/allow.js';
import { addAuditCommands } from './commands/audit.js';
import { addBlockCommands } from './commands/block.js';
import { addCallCommands } from './commands/calls.js';
import { addDemoCommand } from './commands/demo.js';
import { addEnforcementCommands } from './commands/enforcement.js';
import { addHealthCommand } from './commands/health.js';
import { addGatewayCommands } from './commands/lumadb-gateway.js';
import { addPolicyCommands } from './commands/policy.js';
import { addSimulateCommands } from './commands/simulate.js';
import { addStatsCommand } from './commands/stats.js';
import { addTokenCommands } from './commands/token.js';
import { addWebhookCommands } from './commands/webhook.js';
import { runProcess } from './run-process.js';
import type { RunningProcess } from './running-process.js';
import { settingsHelp } from './settings-help.js';
import { version } from './version.js';

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

/** All commands, with their options. */
export function program(): Command {
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
    .action(() =>
      runProcess(
        'serve',
        async (config, log) => (await import('./compose.js')).startSidecar(config, log),
        greetingOfSidecar,
      ),
    );
  acm
    .command('sip-agent')
    .description('run the SIP agent: it checks each INVITE on drachtio-server before the call goes on')
    .addHelpText('after', () => settingsHelp('sip-agent'))
    .action(() =>
      runProcess(
        'sip-agent',
        async (config, log) => (await import('./compose-agent.js')).startSipAgent(config, log),
        greetingOfAgent,
      ),
    );
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
  addHealthCommand(acm);
  addStatsCommand(acm);
  addCallCommands(acm);
  addAlertCommands(acm);
  addPolicyCommands(acm);
  addAllowCommands(acm);
  addBlockCommands(acm);
  addEnforcementCommands(acm);
  addTokenCommands(acm);
  addAuditCommands(acm);
  addWebhookCommands(acm);
  addGatewayCommands(acm);
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

function greetingOfAgent({ sipMetricsAddress }: Config): string {
  return `\nSIP agent ready: http://${sipMetricsAddress}/metrics\n`;
}

function greetingOfSidecar(config: Config, { ports }: RunningProcess): string {
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

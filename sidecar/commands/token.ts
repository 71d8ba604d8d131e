/** `acm token`: who may ask what. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../src/config.js';
import { settingsHelp } from '../settings-help.js';
import { printPlain } from '../words/plain-text.js';
import { authorOption, forOption, jsonOption, limitOption, untilOption } from './option-values.js';

const SCOPES = `
Scopes:
  check         ask for verdicts on calls
  switch        be a switch: report calls, take and confirm orders to end them
  events:write  tell of calls over HTTP
  alerts:read   alerts, threats, statistics, the stream of events
  alerts:write  work on alerts and settle them (covers alerts:read)
  policy:read   policies, the allowlist, blocks, the switch
  policy:write  change them (covers policy:read)
  admin         everything, and alone tokens, the audit log and webhooks

A switch needs:  acm token create --name sbc-1 --scope check switch
`;

const INIT = `
It writes into the store itself (PostgreSQL, or the data directory, also while a sidecar holds that): being there is what
gives the right to it. Use it for the first token, or when the last admin token is lost.
`;

const actions = () => import('../management/tokens.js');

export function addTokenCommands(acm: Command): void {
  const token = acm
    .command('token')
    .description('say who may ask what: access tokens')
    .addHelpText('after', () => SCOPES + settingsHelp('client commands'));
  token
    .command('init')
    .description('make an admin token beside the data, without asking a sidecar over the network')
    .option('--name <name>', 'what its holder is called in histories and in the audit log', 'admin')
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(authorOption())
    .addHelpText('after', () => INIT)
    .action(async (options) => (await actions()).initToken(loadConfig(), options, printPlain));
  token
    .command('create')
    .description('make a token; it is shown this once')
    .requiredOption('--name <name>', 'what its holder is called in histories and in the audit log')
    .addOption(new Option('--scope <scopes...>', 'what it may do, see below').makeOptionMandatory())
    .addOption(forOption())
    .addOption(untilOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .addHelpText('after', () => SCOPES)
    .action(async (options) => (await actions()).createToken(loadConfig(), options, printPlain));
  token
    .command('list')
    .description('list all tokens that were ever made, the newest first; never their secrets')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await actions()).listTokens(loadConfig(), options, printPlain));
  token
    .command('revoke')
    .description('end a token everywhere within a second')
    .argument('<id>', 'id of the token: the 12 digits that follow acm_')
    .addOption(authorOption())
    .action(async (id, options) => (await actions()).revokeToken(loadConfig(), id, options, printPlain));
}

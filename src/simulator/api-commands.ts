/**
 * The commands behind `api` and `bgapi`, with the replies of FreeSWITCH 1.10.12 to the byte. Not covered: everything else,
 * which is answered as FreeSWITCH answers a command that it does not have; a `uuid_transfer` to an extension, which is
 * accepted and changes nothing, since there is no dialplan; `uuid_transfer -both` and `-bleg`, taken as without them.
 */
import { channelHeaders, type EventOrigin, HOST_NAME } from './channel-headers.js';
import { channelsAsJson, channelsAsText } from './channel-list.js';
import { jsonOf, plainOf } from './event-frame.js';
import { causeNamed } from './hangup-cause.js';
import type { Leg } from './simulated-call.js';
import type { Switchboard } from './switchboard.js';

export interface ApiParts {
  readonly board: Switchboard;
  /** Begins an event. */
  readonly origin: () => EventOrigin;
  /** Microseconds since the switch was started. */
  readonly uptimeUs: () => number;
}

type Api = (args: string, parts: ApiParts) => string;

const NO_CHANNEL = '-ERR No such channel!\n';

const APIS: Readonly<Record<string, Api>> = {
  status: (_args, parts) => statusText(parts),
  hostname: () => HOST_NAME,
  show: showChannels,
  uuid_exists: (args, { board }) => String(board.find(args) !== undefined),
  uuid_dump: dump,
  uuid_kill: kill,
  uuid_transfer: transfer,
  uuid_setvar: setVariable,
  uuid_getvar: getVariable,
};

/** The reply to a command line such as `uuid_kill <uuid> CALL_REJECTED`. */
export function runApi(line: string, parts: ApiParts): string {
  const [, name, args] = /^(\S*)\s*(.*)$/s.exec(line)!;
  const api = Object.hasOwn(APIS, name) ? APIS[name] : undefined;
  return api === undefined ? `-ERR ${name} Command not found!\n` : api(args.trim(), parts);
}

function statusText({ board, uptimeUs }: ApiParts): string {
  const us = Math.floor(uptimeUs());
  const seconds = Math.floor(us / 1e6);
  const count = (value: number, unit: string): string => `${value} ${unit}${value === 1 ? '' : 's'}`;
  const days = Math.floor(seconds / 86_400);
  const uptime = [
    count(Math.floor(days / 365), 'year'),
    count(days % 365, 'day'),
    count(Math.floor(seconds / 3_600) % 24, 'hour'),
    count(Math.floor(seconds / 60) % 60, 'minute'),
    count(seconds % 60, 'second'),
    count(Math.floor(us / 1_000) % 1_000, 'millisecond'),
    count(us % 1_000, 'microsecond'),
  ];
  return [
    `UP ${uptime.join(', ')}`,
    'FreeSWITCH (Version 1.10.12-release simulated by acm 64bit) is ready',
    `${board.sessions} session(s) since startup`,
    `${board.size} session(s) - peak ${board.peak}, last 5min ${board.peak} `,
    '0 session(s) per Sec out of max 10000, peak 0, last 5min 0 ',
    '1000000 session(s) max',
    'min idle cpu 0.00/100.00',
    'Current Stack Size/Max 240K/8192K\n',
  ].join('\n');
}

function showChannels(args: string, { board }: ApiParts): string {
  if (/^channels as json$/i.test(args)) return channelsAsJson(board.legs());
  if (/^channels count$/i.test(args)) return `\n${board.size} total.\n`;
  if (/^channels$/i.test(args)) return channelsAsText(board.legs());
  return '-USAGE: channels|channels count|channels as json\n';
}

function dump(args: string, { board, origin }: ApiParts): string {
  if (args === '') return '-USAGE: <uuid> [format]\n';
  const [uuid, format] = args.split(/\s+/);
  const leg = board.find(uuid);
  if (leg === undefined) return NO_CHANNEL;
  const headers = channelHeaders('CHANNEL_DATA', leg, origin());
  return format?.toLowerCase() === 'json' ? jsonOf(headers, '') : plainOf(headers, '');
}

function kill(args: string, { board }: ApiParts): string {
  if (args === '') return '-USAGE: <uuid> [cause]\n';
  const [uuid, cause = ''] = args.split(/\s+/);
  const leg = board.find(uuid);
  if (leg === undefined) return NO_CHANNEL;
  board.kill(leg, causeNamed(cause));
  return '+OK\n';
}

function transfer(args: string, { board }: ApiParts): string {
  const [, uuid, quoted, bare, dialplan = ''] =
    /^(\S+)\s+(?:-both\s+|-bleg\s+)?(?:'([^']*)'|(\S+))(?:\s+(\S+))?/.exec(args) ?? [];
  if (uuid === undefined) return '-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n';
  const leg = board.find(uuid);
  if (leg === undefined) return NO_CHANNEL;
  if (dialplan.toLowerCase() === 'inline') applyInline(quoted ?? bare, leg, board);
  return '+OK\n';
}

/** The inline dialplan: `application:argument`. */
function applyInline(text: string, leg: Leg, board: Switchboard): void {
  const [, application, argument] = /^(\w+):?(.*)$/.exec(text) ?? [];
  if (application === 'respond') board.respond(leg, Number.parseInt(argument, 10));
  else if (application === 'hangup') board.kill(leg, causeNamed(argument));
}

function setVariable(args: string, { board }: ApiParts): string {
  const [, uuid, name, value = ''] = /^(\S+)\s+(\S+)(?:\s(.*))?$/s.exec(args) ?? [];
  if (uuid === undefined) return '-USAGE: <uuid> <var> [value]\n';
  const leg = board.find(uuid);
  if (leg === undefined) return NO_CHANNEL;
  leg.variables ??= new Map();
  if (value === '') leg.variables.delete(name);
  else leg.variables.set(name, value);
  return '+OK\n';
}

function getVariable(args: string, { board, origin }: ApiParts): string {
  const [, uuid, name] = /^(\S+)\s+(\S+)/.exec(args) ?? [];
  if (uuid === undefined) return '-USAGE: <uuid> <var>\n';
  const leg = board.find(uuid);
  if (leg === undefined) return NO_CHANNEL;
  return channelHeaders('CHANNEL_DATA', leg, origin())[`variable_${name}`] ?? '_undef_';
}

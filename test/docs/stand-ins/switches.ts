/** Protocol peers of the switches that Debian does not have, with the ports of the configuration that is named. */
import { existsSync, readFileSync } from 'node:fs';
import { startDrachtioPeer } from '../../support/drachtio/peer.js';
import { demand } from './complaint.js';
import { isWellFormed } from './well-formed-xml.js';

/** `drachtio -f FILE`: SIP and applications on the ports of the file. */
export async function drachtio(args: readonly string[]): Promise<void> {
  const text = fileAfter(args, '-f', '--file');
  demand(isWellFormed(text), 'the configuration is no XML');
  const [, adminPort, secret = ''] = /<admin port="(\d+)" secret="([^"]*)"/.exec(text) ?? [];
  const [, sipPort] = /<contact[^>]*>sip:[^:<]+:(\d+)/.exec(text) ?? [];
  await startDrachtioPeer({ adminPort: Number(adminPort), sipPort: Number(sipPort), secret });
  await forever();
}

/** `freeswitch` and `opensips` are only looked at: what stands behind them in the tests speaks of their ports alone. */
export async function freeswitch(): Promise<void> {
  console.log('FreeSWITCH would run now');
  await forever();
}

export async function opensips(args: readonly string[]): Promise<void> {
  const text = fileAfter(args, '-f');
  demand(/^route\s*{/m.test(text), 'the configuration has no route');
  console.log('OpenSIPS would run now');
  if (!args.includes('-C')) await forever();
}

function fileAfter(args: readonly string[], ...options: string[]): string {
  const file = args[args.findIndex((arg) => options.includes(arg)) + 1] ?? '';
  demand(existsSync(file), `there is no file ${file}`);
  return readFileSync(file, 'utf8');
}

function forever(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 600_000));
}

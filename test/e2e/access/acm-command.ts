/** The `acm` command as people run it, with its exit code and what it says. */
import * as assert from 'uvu/assert';
import { AcmProcess } from '../../support/sidecar-process.js';

type Environment = Record<string, string>;

/** What a command prints; it must succeed. */
export async function acm(env: Environment, ...args: string[]): Promise<string> {
  const command = new AcmProcess(args, env);
  const { code } = await command.end();
  assert.is(code, 0, `acm ${args.join(' ')}\n${command.errors}`);
  return command.output;
}

/** What a command complains of; it must fail. */
export async function acmRefused(env: Environment, ...args: string[]): Promise<string> {
  const command = new AcmProcess(args, env);
  assert.is((await command.end()).code, 1, command.output);
  assert.not.match(command.errors, /^\s+at /m, 'no stack trace');
  return command.errors;
}

/** The token that `acm token init` or `acm token create` has printed: alone on the first line, to be copied. */
export function tokenIn(output: string): string {
  const [token = ''] = output.split('\n');
  assert.match(token, /^acm_[\da-f]{12}_[\w-]{43}$/);
  return token;
}

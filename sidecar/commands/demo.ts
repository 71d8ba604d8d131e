/** `acm demo`: attacks on a simulated switch, and what a sidecar makes of them. */
import closeWithGrace from 'close-with-grace';
import { type Command, Option } from 'commander';
import { demoLine } from '../words/demo-words.js';
import { wholeNumber } from './option-values.js';

const STOP_MS_MAX = 10_000;

interface DemoCommandOptions {
  readonly cps: number;
  readonly attackInterval: number;
  readonly seed: number;
  readonly seconds?: number;
}

export function addDemoCommand(acm: Command): void {
  acm
    .command('demo')
    .description('watch attacks on a simulated switch be detected and ended; nothing is kept')
    .addOption(new Option('--cps <calls>', 'ordinary calls a second').argParser(wholeNumber).default(2))
    .addOption(
      new Option('--attack-interval <seconds>', 'from one attack to the next')
        .argParser(wholeNumber)
        .default(6),
    )
    .addOption(
      new Option('--seed <number>', 'the same one gives the same calls').argParser(wholeNumber).default(1),
    )
    .addOption(new Option('--seconds <count>', 'stop after so long').argParser(wholeNumber))
    .addHelpText('after', MEANINGS)
    .action(showDemo);
}

const MEANINGS = `
What the words mean:
  attack     one begins, of the pattern named; two of the patterns stay below the threshold on purpose
  allowed    the call was answered: nobody has ended it
  ALERT      five callers reached one number within five seconds; "grows" and "over" follow
  rejected   a call that came when there were that many already; the switch answers it with 608
  torn down  an earlier call of the same attack, ended as well
`;

async function showDemo({ attackInterval, seconds, ...options }: DemoCommandOptions): Promise<void> {
  const { startDemo } = await import('../compose-demo.js');
  const running = await startDemo({ ...options, attackIntervalS: attackInterval }, (event, text) =>
    console.log(demoLine(event, text, new Date())),
  );
  const { http, event_socket: eventSocket } = running.ports;
  console.log(`A simulated FreeSWITCH (event socket on port ${eventSocket}) and a sidecar beside it.`);
  console.log(`What it knows: http://127.0.0.1:${http}/docs. Stop with Ctrl-C.\n`);
  const grace = closeWithGrace({ delay: STOP_MS_MAX, logger: false }, async ({ err }) => {
    clearTimeout(alarm);
    if (err !== undefined) console.error(err);
    const { ordinary, attacks } = running.report();
    await running.stop();
    const ended = attacks.filter(({ killed }) => killed > 0).length;
    console.log(
      `\n${attacks.length} attacks, calls of ${ended} of them ended; ` +
        `${ordinary.placed} ordinary calls, ${ordinary.killed} of them ended by the sidecar.`,
    );
  });
  const alarm = seconds === undefined ? undefined : setTimeout(() => void grace.close(), seconds * 1_000);
}

/** Does what a document says in a process and a room of its own, and says what came of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { Workshop } from './clone.js';
import { complaintOfOwnMachine, OWN_MACHINE, ownMachine } from './own-machine.js';
import { REPOSITORY } from './repository.js';
import { typedIn } from './steps.js';
import { hostNames } from './taken-for-granted.js';

const RUN = fileURLToPath(new URL('./document-run.ts', import.meta.url));

/** Adds a case for each document. @param shows whether to print what was typed also where all went well. */
export function followEach(test: Test, documents: readonly string[], shows: boolean): void {
  let workshop: Workshop;
  let complaint: string | undefined;
  test.before(() => {
    workshop = new Workshop();
    complaint = complaintOfOwnMachine(workshop.directory);
    if (complaint !== undefined)
      console.log(
        `\nnote: no machine of its own for a document (${complaint}): they use this one and its ports`,
      );
  });
  test.after(() => workshop.close());
  for (const document of documents) {
    test(`does what ${document} says`, async () => {
      const { code, output } = await follow(document, workshop, complaint === undefined);
      if (shows || code !== 0) console.log(`\n${output}`);
      assert.is(code, 0, 'what it says above went wrong');
    });
  }
}

async function follow(
  document: string,
  workshop: Workshop,
  onOwnMachine: boolean,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const typed = typedIn(readFileSync(join(REPOSITORY, document), 'utf8'));
  if (typed === '') return { code: 0, output: `${document} tells nobody to type anything` };
  const room = workshop.roomFor(document);
  const prefix = onOwnMachine ? ownMachine(room, hostNames(typed)) : [];
  const [program = '', ...args] = [...prefix, process.execPath, ...process.execArgv, RUN, document, room];
  const child = spawn(program, args, {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [OWN_MACHINE]: onOwnMachine ? 'yes' : 'no' },
  });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk;
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const [code] = await once(child, 'close');
  return { code, output };
}
